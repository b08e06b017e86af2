/** What the API server itself is asked about a delegate that the cache does not have. */
import type { KubeEvent, Pod, PodDelegation } from '../../api/index.ts';
import { type ApiClient, isNotFound, type Store } from '../../kube/index.ts';
import { isDelegateOf } from './delegate-pod.ts';
import type { Memory } from './memory.ts';
import { misplacement } from './state.ts';

export interface Asked {
  cluster: string;
  home: ApiClient;
  pods: Store<Pod>;
  memory: Memory;
  delegation: PodDelegation;
  now: number;
  signal: AbortSignal;
}

/**
 * The delegate from the cache. That there is none any more is only believed when the API server itself has said so: by
 * an event, or asked here.
 */
export async function findDelegate({
  cluster,
  home,
  pods,
  memory,
  delegation,
  signal,
}: Asked): Promise<Pod | undefined> {
  if (misplacement(delegation, cluster) !== undefined) return undefined;
  const { namespace, name } = delegation.spec.delegate;
  const cached = pods.get(`${namespace}/${name}`);
  if (cached !== undefined && isDelegateOf(cached, delegation)) return cached;
  const expected = delegation.status?.delegate !== undefined || delegation.spec.desired === 'Gone';
  if (!expected || memory.removed) return undefined;
  try {
    const pod = await home.get<Pod>('pods', name, { namespace, signal });
    if (isDelegateOf(pod, delegation)) {
      pods.observe(pod);
      return pod;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  memory.removed = true;
  return undefined;
}

/**
 * Whether a delegate of which nobody told the hub, and that is not there, had a node once: somebody deleted it while a
 * create of ours had no answer, or while who led before us was dead. Its Events outlive it by an hour, and its name was
 * never another's (docs/adr/0004-no-finalizer-on-delegates.md). Asked once, and only where such a create may have been.
 */
export async function hasRun({ cluster, home, memory, delegation, now, signal }: Asked): Promise<boolean> {
  const { last, unsureUntil, inheritedUntil } = memory;
  const untold = delegation.status?.delegate === undefined && last === undefined;
  const unsure = unsureUntil !== undefined || inheritedUntil !== undefined;
  // As long as such a create may come, there is nothing to be made anyway.
  if (!untold || !unsure || (inheritedUntil ?? 0) > now || misplacement(delegation, cluster) !== undefined)
    return false;
  if (memory.hadRun !== undefined) return memory.hadRun;
  const { namespace, name } = delegation.spec.delegate;
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${name}`;
  const { items } = await home.list<KubeEvent>('events', { namespace, fieldSelector, signal });
  memory.hadRun = items.some(saysScheduled);
  return memory.hadRun;
}

/** Schedulers say when they have found a node; whatever a kubelet says, it had one. */
const saysScheduled = ({ reason, source }: KubeEvent): boolean =>
  reason === 'Scheduled' || source?.component === 'kubelet';

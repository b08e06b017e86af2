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
 * The delegate, and whether the target remembers one that nobody told of. The cache may be late: that there is none (any
 * more) is only believed when the API server itself has said so, by an event, or asked here.
 */
export async function findDelegate(asked: Asked): Promise<{ pod?: Pod; hadRun: boolean }> {
  const { cluster, pods, memory, delegation } = asked;
  if (misplacement(delegation, cluster) !== undefined) return { hadRun: false };
  const { namespace, name } = delegation.spec.delegate;
  const cached = pods.get(`${namespace}/${name}`);
  if (cached !== undefined && isDelegateOf(cached, delegation)) return { pod: cached, hadRun: false };
  const hadRun = await hasRun(asked);
  const expected = hadRun || delegation.status?.delegate !== undefined || delegation.spec.desired === 'Gone';
  if (!expected || memory.removed) return { hadRun };
  const pod = await getDelegate(asked);
  if (pod !== undefined) return { pod, hadRun };
  memory.removed = true;
  return { hadRun };
}

async function getDelegate({ home, pods, delegation, signal }: Asked): Promise<Pod | undefined> {
  const { namespace, name } = delegation.spec.delegate;
  try {
    const pod = await home.get<Pod>('pods', name, { namespace, signal });
    if (!isDelegateOf(pod, delegation)) return undefined;
    pods.observe(pod);
    return pod;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

/**
 * Whether a delegate of which nobody told the hub had a node once: if it is not there, somebody deleted it while a
 * create of ours had no answer, or while who led before us was dead. Its Events outlive it by an hour, and its name was
 * never another's (docs/adr/0004-no-finalizer-on-delegates.md). Asked once, and only where such a create may have been.
 */
async function hasRun({ home, memory, delegation, now, signal }: Asked): Promise<boolean> {
  const { last, unsureUntil, inheritedUntil } = memory;
  const untold = delegation.status?.delegate === undefined && last === undefined;
  const unsure = unsureUntil !== undefined || inheritedUntil !== undefined;
  // As long as such a create may come, there is nothing to be made anyway.
  if (!untold || !unsure || (inheritedUntil ?? 0) > now) return false;
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

/** What the API server itself is asked about a delegate that the cache does not have. */
import { isTerminal, type KubeEvent, type Pod, type PodDelegation, type WorkflowTaskResult } from '../../api/index.ts';
import { type ApiClient, isNotFound, isRefusal, type Store } from '../../kube/index.ts';
import { isDelegateOf } from './delegate-pod.ts';
import type { Memory } from './memory.ts';
import { hasEnded, misplacement } from './state.ts';
import { isComplete, reportsResult, resultKey, resultNameOf } from './task-result.ts';

export interface Asked {
  cluster: string;
  home: ApiClient;
  pods: Store<Pod>;
  results: Store<WorkflowTaskResult>;
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

/**
 * What the delegate reported of its step, if it is one of Argo's. The cache may be late: what is said of a delegate's end
 * must hold what it reported before, so once it has ended the API server itself is asked.
 */
export async function findResult(asked: Asked, pod: Pod | undefined): Promise<WorkflowTaskResult | undefined> {
  const { cluster, home, results, memory, delegation, signal } = asked;
  if (!reportsResult(delegation) || misplacement(delegation, cluster) !== undefined) return undefined;
  const cached = results.get(resultKey(delegation));
  if (memory.resultRead || !isOver(asked, pod) || (cached !== undefined && isComplete(cached))) return cached;
  const { namespace } = delegation.spec.delegate;
  try {
    const name = resultNameOf(delegation.spec);
    const found = await home.get<WorkflowTaskResult>('workflowtaskresults', name, { namespace, signal });
    results.observe(found);
    memory.resultRead = true;
    return found;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // None, or a cluster that knows no results: the end is told without.
    memory.resultRead = true;
    return cached;
  }
}

/** Whether a delegate that was there adds nothing any more, and the hub has yet to hear of that, or it is to be removed. */
function isOver({ memory, delegation }: Asked, pod: Pod | undefined): boolean {
  if (hasEnded(delegation) && delegation.spec.desired !== 'Gone') return false;
  if (pod !== undefined) return isTerminal(pod.status);
  return memory.last !== undefined || delegation.status?.delegate !== undefined;
}

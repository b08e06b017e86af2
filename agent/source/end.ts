/** Step 7 and clean-up: the delegate goes with its proxy, and nothing is left on the hub. */
import { type Action, type ContainerStatus, isTerminal, type Pod, type PodStatus, rfc3339 } from '../../api/index.ts';
import { SHORTEST_GRACE, withdraw } from './delegate.ts';
import { patchProxy, show } from './mirror.ts';
import type { SourceState } from './state.ts';

/**
 * The proxy object is gone (an unbound or ended pod vanishes without asking anybody), or is being deleted.
 * First the delegations are withdrawn; when the target confirmed by removing them, a proxy that is still there is
 * ended (Jobs wait for a terminal phase) and removed, and the observation with it; the decision follows by ownership.
 *
 * @param now milliseconds since the epoch, for the end time of containers whose end was not reported.
 */
export function end(state: SourceState, now: number): Action[] {
  const { proxy, observation } = state;
  const grace = state.forced ? SHORTEST_GRACE : proxy?.metadata.deletionGracePeriodSeconds;
  if (state.delegations.length > 0) return state.delegations.flatMap((delegation) => withdraw(delegation, grace));
  const actions = proxy === undefined ? [] : remove(proxy, state.lastReport, now);
  if (observation?.metadata.uid !== undefined && observation.metadata.deletionTimestamp === undefined) {
    actions.push({
      do: 'delete',
      at: 'hub',
      resource: 'podobservations',
      namespace: observation.metadata.namespace ?? '',
      name: observation.metadata.name,
      uid: observation.metadata.uid,
    });
  }
  return actions;
}

function remove(proxy: Pod, lastReport: PodStatus | undefined, now: number): Action[] {
  const removal: Action = {
    do: 'delete',
    at: 'home',
    resource: 'pods',
    namespace: proxy.metadata.namespace ?? '',
    name: proxy.metadata.name,
    uid: proxy.metadata.uid ?? '',
    gracePeriodSeconds: 0,
  };
  if (isTerminal(proxy.status)) return [removal];
  if (isTerminal(lastReport)) return [...show(proxy, lastReport ?? {}), removal];
  return [patchProxy(proxy, endedStatus(proxy, now)), removal];
}

/** Failed, as a kubelet ends a pod that is deleted; containers whose end nobody saw are told as the kubelet tells it. */
function endedStatus(proxy: Pod, now: number): PodStatus {
  const close = (list: ContainerStatus[] | undefined) => list?.map((status) => closed(status, now));
  const main = close(proxy.status?.containerStatuses);
  const init = close(proxy.status?.initContainerStatuses);
  return {
    phase: 'Failed',
    message: 'The pod was deleted, and its delegate with it.',
    ...(main === undefined ? {} : { containerStatuses: main }),
    ...(init === undefined ? {} : { initContainerStatuses: init }),
  };
}

function closed(status: ContainerStatus, now: number): ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  const startedAt = status.state?.running?.startedAt;
  const terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was deleted.',
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt: rfc3339(now),
  };
  return { ...status, ready: false, started: false, state: { terminated } };
}

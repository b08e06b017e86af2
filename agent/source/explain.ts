/** Between steps 2 and 4: a proxy that waits says why, as kube-scheduler would. */
import { type Action, type Condition, rfc3339, unscheduledOf } from '../../api/index.ts';
import { patchProxy } from './mirror.ts';
import { currentDelegation, type SourceState } from './state.ts';

/**
 * The explanation as condition `PodScheduled=False`, reason `Unschedulable`. Never on a gated pod (it would
 * overwrite `SchedulingGated`) nor on a bound one.
 *
 * @param now milliseconds since the epoch.
 */
export function explain(state: SourceState, now: number): Action[] {
  const { proxy, observation } = state;
  if (proxy === undefined || proxy.spec.nodeName !== undefined || state.bindingSent) return [];
  if ((proxy.spec.schedulingGates ?? []).length > 0) return [];
  const message = waitingMessage(state);
  if (observation === undefined || message === undefined) return [];
  const shown = proxy.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (shown?.status === 'False' && shown.message === message) return [];
  const condition: Condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: shown?.status === 'False' ? (shown.lastTransitionTime ?? rfc3339(now)) : rfc3339(now),
  };
  return [patchProxy(proxy, { conditions: [condition] })];
}

/** The scheduler's words while no attempt is under way, else those of the target's scheduler. */
export function waitingMessage(state: SourceState): string | undefined {
  const { observation, decision } = state;
  const target = decision?.spec.target;
  if (target === undefined) {
    const decided = observation?.status?.conditions?.find(({ type }) => type === 'Decided');
    return decided?.status === 'False' ? decided.message : undefined;
  }
  const delegation = currentDelegation(state);
  const unscheduled = delegation && unscheduledOf(delegation);
  return unscheduled && `${target}: ${unscheduled.message}`;
}

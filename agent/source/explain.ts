/** Between steps 2 and 4: a proxy that waits says why, as kube-scheduler would. */
import { type Action, type Condition, rfc3339 } from '../../api/index.ts';
import type { SourceState } from './state.ts';

/**
 * The scheduler's explanation as condition `PodScheduled=False`, reason `Unschedulable`. Never on a gated pod (it would
 * overwrite `SchedulingGated`) nor on a bound one.
 *
 * @param now milliseconds since the epoch.
 */
export function explain(state: SourceState, now: number): Action[] {
  const { proxy, observation, uid } = state;
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
  return [
    {
      do: 'patch',
      at: 'home',
      resource: 'pods',
      namespace: proxy.metadata.namespace ?? '',
      name: proxy.metadata.name,
      type: 'strategic',
      subresource: 'status',
      body: { metadata: { uid }, status: { conditions: [condition] } },
    },
  ];
}

/** The scheduler's words while no attempt is under way. */
export function waitingMessage({ observation, decision }: SourceState): string | undefined {
  if (decision?.spec.target !== undefined) return undefined;
  const decided = observation?.status?.conditions?.find(({ type }) => type === 'Decided');
  return decided?.status === 'False' ? decided.message : undefined;
}

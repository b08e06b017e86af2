/**
 * Argo Workflows ends a running step by exec into its pod and then, whether or not that worked, by the label
 * `completed: "true"` on the pod (`argo stop`, timeouts, failFast). On a proxy that label ends the delegate with its grace.
 */
import { type Action, ARGO, isTerminal } from '../../api/index.ts';
import { currentDelegation, type SourceState } from './state.ts';

/** One patch of the delegation's spec; the delegate stays on the hub's record until the proxy goes. */
export function stop(state: SourceState): Action[] {
  const { proxy } = state;
  const delegation = currentDelegation(state);
  if (proxy?.metadata.labels?.[ARGO.completed] !== 'true') return [];
  if (delegation === undefined || delegation.spec.desired !== 'Run' || isTerminal(delegation.status?.pod)) return [];
  const { namespace = '', name, uid } = delegation.metadata;
  return [
    {
      do: 'patch',
      at: 'hub',
      resource: 'poddelegations',
      namespace,
      name,
      type: 'merge',
      body: { metadata: { uid }, spec: { desired: 'Stop' } },
    },
  ];
}

/**
 * Argo Workflows 3.7 ends a running step (`argo stop`, `argo terminate`, a workflow's deadline) by exec into its pod and
 * then, whether or not that worked, by the label `completed: "true"`; 4.1 sets that only when the step has ended. On a
 * proxy that label ends the delegate with its grace.
 */
import { type Action, ARGO } from '../../api/index.ts';
import { patchSpec } from './delegate.ts';
import { activeDelegation, type SourceState } from './state.ts';

/** One patch of the delegation's spec; the delegation itself stays until the proxy goes. */
export function stop(state: SourceState): Action[] {
  const delegation = activeDelegation(state);
  if (delegation === undefined || state.proxy?.metadata.labels?.[ARGO.completed] !== 'true') return [];
  return [patchSpec(delegation, { desired: 'Stop' })];
}

/**
 * Argo Workflows ends a running step (`argo stop`, `argo terminate`, deadlines) by exec into its containers, which the
 * virtual node answers (agent/node/signals.ts); 3.7 sets the label `completed: "true"` then as well, whether or not that
 * worked, 4.1 only when the step has ended. Each of them on a proxy ends the delegate with its grace.
 */
import { type Action, ARGO } from '../../api/index.ts';
import { patchSpec } from './delegate.ts';
import { activeDelegation, type SourceState } from './state.ts';

/** One patch of the delegation's spec; the delegation itself stays until the proxy goes. */
export function stop(state: SourceState): Action[] {
  const delegation = activeDelegation(state);
  const isDone = state.signalled || state.proxy?.metadata.labels?.[ARGO.completed] === 'true';
  return delegation !== undefined && isDone ? [patchSpec(delegation, { desired: 'Stop' })] : [];
}

/** While a pod runs: what its owner changes of labels and annotations is told to the target. */
import type { Action } from '../../api/index.ts';
import { patchSpec } from './delegate.ts';
import { amendmentsOf } from './owner.ts';
import { activeDelegation, type SourceState } from './state.ts';

/** One patch of the delegation's spec per change, none for a pod that stays as it was submitted. */
export function amend(state: SourceState): Action[] {
  const { proxy } = state;
  const delegation = activeDelegation(state);
  if (proxy === undefined || delegation === undefined) return [];
  const before = delegation.spec.amendments ?? [];
  const amendments = amendmentsOf(proxy, state.sentMeta(delegation), before);
  return amendments === before ? [] : [patchSpec(delegation, { amendments: [...amendments] })];
}

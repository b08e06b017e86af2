/** While a pod runs: what its owner changes of labels and annotations is told to the target. */
import { type Action, isTerminal } from '../../api/index.ts';
import { amendmentsOf } from './owner.ts';
import { currentDelegation, type SourceState } from './state.ts';

/** One patch of the delegation's spec per change, none for a pod that stays as it was submitted. */
export function amend(state: SourceState): Action[] {
  const { proxy } = state;
  const delegation = currentDelegation(state);
  if (proxy === undefined || delegation === undefined || delegation.spec.desired !== 'Run') return [];
  if (isTerminal(delegation.status?.pod)) return [];
  const before = delegation.spec.amendments ?? [];
  const amendments = amendmentsOf(proxy, state.sentMeta(delegation), before);
  if (amendments === before) return [];
  const { namespace = '', name, uid } = delegation.metadata;
  return [
    {
      do: 'patch',
      at: 'hub',
      resource: 'poddelegations',
      namespace,
      name,
      type: 'merge',
      body: { metadata: { uid }, spec: { amendments } },
    },
  ];
}

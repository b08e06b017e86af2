/** An attempt that will not run here: the delegation says so and why, and the scheduler passes this cluster over. */
import { type Plan, type PodDelegation, type Reason, rfc3339 } from '../../api/index.ts';
import { statusPatch } from './report.ts';

/** Writes the condition `Refused=True`. Only right while no delegate of this attempt exists. */
export function refuse(delegation: PodDelegation, reason: Reason, now: number): Plan {
  const others = delegation.status?.conditions?.filter(({ type }) => type !== 'Refused') ?? [];
  const refused = {
    type: 'Refused',
    status: 'True' as const,
    ...reason,
    lastTransitionTime: rfc3339(now),
  };
  const patch = statusPatch(delegation, { conditions: [...others, refused] });
  return { actions: patch === undefined ? [] : [patch], reasons: [reason] };
}

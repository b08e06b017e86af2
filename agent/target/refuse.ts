/** An attempt that will not run here: the delegation says so and why, and the scheduler passes this cluster over. */
import { type Plan, type Pod, type PodDelegation, type Reason, rfc3339 } from '../../api/index.ts';
import { statusPatch } from './report.ts';
import type { DelegateState } from './state.ts';

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

/** What the target's scheduler says about a pod that has no node. */
export function whyUnscheduled(pod: Pod): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.message ?? "the target's scheduler has not said why";
}

/**
 * A delegate that found no node in time is taken away again, in the very version that had none: a binding in between wins
 * (409), and the pod runs. The refusal follows when the pod is gone.
 */
export function withdraw(pod: Pod, state: DelegateState): Plan {
  const left = (state.pendingSince ?? state.now) + state.noNodeAfterMs - state.now;
  if (left > 0) return { actions: [], reasons: [], wakeAfterMs: left };
  const { name, namespace, uid = '', resourceVersion = '' } = pod.metadata;
  return {
    actions: [
      {
        do: 'delete',
        at: 'home',
        resource: 'pods',
        ...(namespace !== undefined && { namespace }),
        name,
        uid,
        resourceVersion,
      },
    ],
    reasons: [{ reason: 'DelegateUnschedulable', message: whyUnscheduled(pod) }],
  };
}

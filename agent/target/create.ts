/** Step 5 on the target's side: the delegate is created in the name of its source. */
import { DELEGATE, nothing, type Plan, sourceUser } from '../../api/index.ts';
import { claim, notAccepted } from './accept.ts';
import { delegatePod } from './delegate-pod.ts';
import { refuse } from './refuse.ts';
import type { DelegateState } from './state.ts';
import { grantResult } from './task-result.ts';

/**
 * Creates the delegate, or refuses. A pod of that name that carries the proxy's UID is the delegate itself, created by us
 * before an answer was lost: the name holds the attempt, the annotation the UID.
 */
export function create({ delegation, others, house, inheritedUntil = 0, now }: DelegateState): Plan {
  const refusal = notAccepted(delegation, house);
  if (refusal !== undefined) return refuse(delegation, refusal, now);
  const pod = delegatePod(delegation);
  if ('reason' in pod) return refuse(delegation, pod, now);
  const { source, pod: proxy } = delegation.spec;
  if (others.length > 0) {
    // Two delegates of one proxy must never run; nor may we delete what nobody declared Gone. The pod's end wakes us.
    const message = `an earlier attempt's delegate is still there: ${others.join(', ')}`;
    return { actions: [], reasons: [{ reason: 'Waiting', message }] };
  }
  // Theirs may come, do its work and be deleted before ours does: the work would be done twice.
  if (inheritedUntil > now) return { ...nothing(), wakeAfterMs: inheritedUntil - now };
  return {
    actions: [
      ...grantResult(delegation, pod, house.mayReport),
      {
        do: 'create',
        at: 'home',
        resource: 'pods',
        object: pod,
        as: sourceUser(source),
        strict: true,
        adoptIf: { annotation: DELEGATE.proxyUid, value: proxy.uid },
      },
      ...claim(delegation, house),
    ],
    reasons: [],
  };
}

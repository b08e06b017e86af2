/** Clean-up on the target's side: first the delegate, then the delegation, whose absence is the confirmation. */
import {
  type Action,
  type DeleteAction,
  isTerminal,
  nothing,
  type Plan,
  type Pod,
  type PodDelegation,
} from '../../api/index.ts';
import { reportOf, statusPatch } from './report.ts';
import { type DelegateState, hasEnded } from './state.ts';
import { removeResult } from './task-result.ts';

/** Deletes the delegate with the proxy's grace; again if the user has meanwhile asked for a shorter one. */
export function removePod(pod: Pod, { spec }: PodDelegation): DeleteAction[] {
  const { name, namespace, uid = '', deletionTimestamp, deletionGracePeriodSeconds: given } = pod.metadata;
  const wanted = spec.gracePeriodSeconds;
  const shorter = wanted !== undefined && given !== undefined && wanted < given;
  if (deletionTimestamp !== undefined && !shorter) return [];
  return [
    {
      do: 'delete',
      at: 'home',
      resource: 'pods',
      ...(namespace !== undefined && { namespace }),
      name,
      uid,
      ...(wanted !== undefined && { gracePeriodSeconds: wanted }),
    },
  ];
}

function removeDelegation({ metadata }: PodDelegation): DeleteAction {
  const { name, namespace, uid = '' } = metadata;
  return {
    do: 'delete',
    at: 'hub',
    resource: 'poddelegations',
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
  };
}

/** `desired: Gone`. The delegation goes when no delegate is there, nor can come of a create that got no answer. */
export function remove(state: DelegateState): Plan {
  const { pod, delegation, now } = state;
  const unsureUntil = Math.max(state.unsureUntil ?? 0, state.inheritedUntil ?? 0);
  const told = tellEnd(state);
  if (pod !== undefined) return { actions: [...told, ...removePod(pod, delegation)], reasons: [] };
  if (unsureUntil > now) return { ...nothing(), wakeAfterMs: unsureUntil - now };
  const result = state.result === undefined ? [] : [removeResult(state.result)];
  return { actions: [...told, ...result, removeDelegation(delegation)], reasons: [] };
}

/** How its containers ended when they were told to: a proxy that still runs waits for it, and then has a grace. */
function tellEnd({ pod, last, delegation, result }: DelegateState): Action[] {
  const delegate = pod ?? last;
  if (delegate === undefined || !isTerminal(delegate.status) || hasEnded(delegation)) return [];
  if (delegation.spec.gracePeriodSeconds === undefined) return [];
  const patch = statusPatch(delegation, reportOf(delegate, delegation, { result }));
  return patch === undefined ? [] : [patch];
}

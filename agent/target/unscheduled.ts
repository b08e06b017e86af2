/** A delegate without a node: its source hears why, and when that has lasted too long, the delegate is withdrawn. */
import {
  type Action,
  type DeleteAction,
  type Plan,
  type Pod,
  type PodDelegation,
  type PodDelegationStatus,
  rfc3339,
  unscheduledOf,
} from '../../api/index.ts';
import { statusPatch } from './report.ts';
import type { DelegateState } from './state.ts';
import { FLAP_MS, LASTING_MS } from './urgency.ts';

type Conditions = NonNullable<PodDelegationStatus['conditions']>;

export function awaitNode(pod: Pod, state: DelegateState): Plan {
  const left = (state.pendingSince ?? state.now) + state.noNodeAfterMs - state.now;
  if (left <= 0) {
    const message = whyUnscheduled(pod) ?? "the target's scheduler has not said why";
    return { actions: [withdraw(pod)], reasons: [{ reason: 'DelegateUnschedulable', message }] };
  }
  const { actions, wakeAfterMs = left } = tell(pod, state);
  return { actions, reasons: [], wakeAfterMs: Math.min(left, wakeAfterMs) };
}

/** The conditions of a delegation whose delegate has a node; undefined if they need no change. */
export const withoutUnscheduled = (delegation: PodDelegation): Conditions | undefined =>
  unscheduledOf(delegation) && others(delegation);

const others = ({ status }: PodDelegation): Conditions =>
  status?.conditions?.filter(({ type }) => type !== 'Scheduled') ?? [];

/** What the target's scheduler says about a pod that has no node. */
const whyUnscheduled = (pod: Pod): string | undefined =>
  pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message;

/** Most delegates find a node at once: only what lasts is worth a write. */
function tell(pod: Pod, { delegation, pendingSince, writtenAt, now }: DelegateState) {
  const message = whyUnscheduled(pod);
  const told = unscheduledOf(delegation);
  if (message === undefined || told?.message === message) return { actions: [] };
  const left = (told === undefined ? (pendingSince ?? now) + LASTING_MS : (writtenAt ?? 0) + FLAP_MS) - now;
  if (left > 0) return { actions: [], wakeAfterMs: left };
  const condition = { type: 'Scheduled', status: 'False' as const, reason: 'Unschedulable', message };
  const since = told?.lastTransitionTime ?? rfc3339(now);
  const conditions = [...others(delegation), { ...condition, lastTransitionTime: since }];
  const patch = statusPatch(delegation, { conditions });
  return { actions: patch === undefined ? [] : ([patch] satisfies Action[]) };
}

/** In the very version that has no node: a binding in between wins (409). The refusal follows when the pod is gone. */
function withdraw({ metadata }: Pod): DeleteAction {
  const { name, namespace, uid = '', resourceVersion = '' } = metadata;
  return {
    do: 'delete',
    at: 'home',
    resource: 'pods',
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    resourceVersion,
  };
}

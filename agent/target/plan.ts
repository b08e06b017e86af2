/** The target's plan for one delegation: pure, right on any mixture of old and new observations. */
import { isTerminal, nothing, type Plan, type Pod, type PodDelegation, refusalOf, rfc3339 } from '../../api/index.ts';
import { amend } from './amend.ts';
import { copies } from './copies.ts';
import { create } from './create.ts';
import { parseManifest } from './delegate-pod.ts';
import { lostStatus } from './lost.ts';
import { refuse } from './refuse.ts';
import { remove, removePod } from './remove.ts';
import { type Beside, reportOf, resultOf, statusPatch } from './report.ts';
import { onlyReports, onlySidecarsRun } from './sidecars.ts';
import { type DelegateState, hasEnded, misplacement } from './state.ts';
import { awaitNode, withoutUnscheduled } from './unscheduled.ts';
import { delay, urgency } from './urgency.ts';

/** Whether this attempt's delegate ever existed, as far as the hub, we or the target remember. */
const existed = ({ last, delegation, hadRun }: DelegateState): boolean =>
  hadRun || last !== undefined || delegation.status?.delegate !== undefined;

/** The delegate is gone, and nobody here was asked to remove it. */
function reportLost(state: DelegateState, message: string): Plan {
  const { delegation, last, now } = state;
  const spec = parseManifest(delegation.spec)?.spec ?? { containers: [] };
  const at = rfc3339(now);
  const pod = lostStatus(last, delegation.status?.pod, spec, { at, message });
  const taskResult = resultOf(state.result, delegation);
  const patch = statusPatch(
    delegation,
    last === undefined ? { pod, ...(taskResult && { taskResult }) } : { ...reportOf(last, delegation, state), pod },
  );
  return { actions: patch === undefined ? [] : [patch], reasons: [{ reason: 'DelegateLost', message }] };
}

function withoutPod(state: DelegateState): Plan {
  const { delegation, withdrawn, now } = state;
  if (withdrawn !== undefined) return refuse(delegation, { reason: 'DelegateUnschedulable', message: withdrawn }, now);
  if (existed(state)) return reportLost(state, 'the delegate vanished in the target without a final status');
  if (delegation.spec.desired === 'Stop') return reportLost(state, 'stopped before its delegate was created');
  return create(state);
}

function report(pod: Pod, state: DelegateState): Plan {
  const { delegation } = state;
  const current = reportOf(pod, delegation, state);
  const kind = urgency(delegation.status, current);
  if (kind === 'none') return nothing();
  const left = delay(kind, state);
  if (left > 0) return { ...nothing(), wakeAfterMs: left };
  const conditions = withoutUnscheduled(delegation);
  const patch = statusPatch(delegation, { ...current, ...(conditions && { conditions }) });
  return { actions: patch === undefined ? [] : [patch], reasons: [] };
}

function withPod(pod: Pod, state: DelegateState): Plan {
  // What the delegate carries until then is no news of the target.
  const amending = amend(pod, state.delegation, state.refusedAmendments);
  if (amending.length > 0) return { actions: amending, reasons: [] };
  const copying = copies(pod, state);
  if (copying.length > 0) return { actions: copying, reasons: [], wakeAfterMs: 0 };
  const waits = pod.spec.nodeName === undefined && !isTerminal(pod.status);
  if (waits && state.delegation.spec.desired === 'Run' && pod.metadata.deletionTimestamp === undefined)
    return awaitNode(pod, state);
  const reported = report(pod, state);
  const { delegation } = state;
  const stops = delegation.spec.desired === 'Stop' && !onlyReports(pod, delegation);
  const over = stops || onlySidecarsRun(pod, delegation);
  if (!over || isTerminal(pod.status)) return reported;
  return { ...reported, actions: [...reported.actions, ...removePod(pod, delegation)] };
}

const wasTold = (pod: Pod, { status }: PodDelegation): boolean => status?.delegate?.uid === pod.metadata.uid;

const stop = (pod: Pod, delegation: PodDelegation): Plan => ({ ...nothing(), actions: removePod(pod, delegation) });

/** What to do about one delegation, whose delegate `state` describes. */
export function planDelegate(state: DelegateState): Plan {
  const { delegation, cluster, pod, now } = state;
  const refused = refusalOf(delegation) !== undefined;
  // Nobody waits for it, and it must not do the work a second time.
  if (state.stray !== undefined) return stop(state.stray, delegation);
  if (delegation.spec.desired === 'Gone') return remove(state);
  // A create that got no answer may take effect after a later one was refused: nobody waits for this pod any more.
  if (refused) return { ...nothing(), actions: pod === undefined ? [] : removePod(pod, delegation) };
  const misplaced = misplacement(delegation, cluster);
  if (misplaced !== undefined) return refuse(delegation, { reason: 'DelegateRefused', message: misplaced }, now);
  if (hasEnded(delegation)) return pod === undefined || wasTold(pod, delegation) ? nothing() : stop(pod, delegation);
  return pod === undefined ? withoutPod(state) : withPod(pod, state);
}

/** Whether the hub should hear something new of the delegate: since when it differs is remembered by the reconciler. */
export const differs = (pod: Pod, delegation: PodDelegation, beside: Beside): boolean =>
  urgency(delegation.status, reportOf(pod, delegation, beside)) !== 'none';

/**
 * When a change of a delegate is worth a write. A pod that just runs and ends costs two; what a kubelet shows in between
 * (a container terminated while the phase is still Running) is coalesced (docs/design.md, "Write budget").
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type ContainerState,
  type ContainerStatus,
  isTerminal,
  type PodDelegationStatus,
  type PodStatus,
} from '../../api/index.ts';
import type { Report } from './report.ts';

/** `soon`: if it lasts for LASTING_MS. `flap`: a waiting text that changes again; at most every FLAP_MS. */
export type Urgency = 'none' | 'now' | 'soon' | 'flap';

export const LASTING_MS = 2_000;
export const FLAP_MS = 10_000;

/** The kubelet tells the two in turn, for ever, while an image cannot be pulled. */
const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff']);
/** How every container begins: leaving these is news, not flapping. */
const BEGINNING = new Set<string | undefined>(['ContainerCreating', 'PodInitializing']);

const statuses = (pod: PodStatus): ContainerStatus[] => [
  ...(pod.initContainerStatuses ?? []),
  ...(pod.containerStatuses ?? []),
];

const isReady = (pod: PodStatus): boolean =>
  pod.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const anyTerminated = (pod: PodStatus): boolean =>
  pod.containerStatuses?.some(({ state }) => state?.terminated !== undefined) ?? false;

function restarted(old: PodStatus, now: PodStatus): boolean {
  const before = new Map(statuses(old).map(({ name, restartCount }) => [name, restartCount]));
  return statuses(now).some(({ name, restartCount }) => restartCount > (before.get(name) ?? 0));
}

/** A copy in which `change` was applied to the state of every container that waits. */
function mapWaiting(pod: PodStatus, change: (waiting: NonNullable<ContainerState['waiting']>) => object): PodStatus {
  const apply = (container: ContainerStatus): ContainerStatus =>
    container.state?.waiting === undefined
      ? container
      : { ...container, state: { waiting: change(container.state.waiting) } };
  return {
    ...pod,
    ...(pod.containerStatuses && { containerStatuses: pod.containerStatuses.map(apply) }),
    ...(pod.initContainerStatuses && { initContainerStatuses: pod.initContainerStatuses.map(apply) }),
  };
}

const withPullingAlike = (pod: PodStatus): PodStatus =>
  mapWaiting(pod, (waiting) => (PULLING.has(waiting.reason ?? '') ? { reason: 'ImagePullBackOff' } : waiting));

/** True if nothing changed but the words of containers that had been waiting for something before. */
function onlyWaitsDiffer(old: PodStatus, now: PodStatus): boolean {
  const waitedBefore = statuses(old).some(({ state }) => state?.waiting && !BEGINNING.has(state.waiting.reason));
  return (
    waitedBefore &&
    isDeepStrictEqual(
      mapWaiting(old, () => ({})),
      mapWaiting(now, () => ({})),
    )
  );
}

function podUrgency(old: PodStatus, now: PodStatus): Urgency {
  if (old.phase !== now.phase && now.phase === 'Running') return 'now';
  if (!isReady(old) && isReady(now)) return 'now';
  if (isReady(old) && !isReady(now) && !anyTerminated(now)) return 'now';
  if (restarted(old, now)) return 'now';
  if (isDeepStrictEqual(withPullingAlike(old), withPullingAlike(now))) return 'none';
  return onlyWaitsDiffer(old, now) ? 'flap' : 'soon';
}

/** How urgently the hub, which has `told`, should hear `report`. Nothing is told before there is a node or an end. */
export function urgency(told: PodDelegationStatus | undefined, report: Report): Urgency {
  if (isTerminal(told?.pod)) return 'none';
  if (isTerminal(report.pod)) return 'now';
  if (report.delegate.node === undefined) return 'none';
  // Argo, which sees pods and results in no order, waits with a step for a result that it has heard of.
  if (told?.taskResult === undefined && report.taskResult !== undefined) return 'now';
  const pod = podUrgency(told?.pod ?? {}, report.pod);
  if (pod !== 'none') return pod;
  const same =
    isDeepStrictEqual(told?.delegate, report.delegate) &&
    isDeepStrictEqual(told?.annotations, report.annotations) &&
    isDeepStrictEqual(told?.taskResult, report.taskResult) &&
    told?.warnings?.length === report.warnings?.length;
  return same ? 'none' : 'soon';
}

/** Milliseconds until a change that was first seen at `differsSince` is to be written; 0 or less: now. */
export function delay(
  kind: Exclude<Urgency, 'none'>,
  times: { differsSince?: number; writtenAt?: number; now: number },
): number {
  if (kind === 'now') return 0;
  const lasting = (times.differsSince ?? times.now) + LASTING_MS - times.now;
  if (kind === 'soon') return lasting;
  return Math.max(lasting, (times.writtenAt ?? Number.NEGATIVE_INFINITY) + FLAP_MS - times.now);
}

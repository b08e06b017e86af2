/**
 * Containers that the target added to a step of Argo, such as the proxy of a service mesh. At home Argo's controller tells
 * them to end when the step has (argo-workflows, operator.go, cleanUpPod); here nobody does, and the pod would never end.
 */
import { ARGO_EXECUTORS, type Pod, type PodDelegation } from '../../api/index.ts';
import { parseManifest } from './delegate-pod.ts';
import { reportsResult } from './task-result.ts';

/** True once every container of the step itself has terminated, and others still run. */
export function onlySidecarsRun({ status }: Pod, delegation: PodDelegation): boolean {
  const statuses = status?.containerStatuses ?? [];
  const running = statuses.filter(({ state }) => state?.terminated === undefined);
  if (running.length === 0 || running.length === statuses.length || !reportsResult(delegation)) return false;
  const own = new Set(parseManifest(delegation.spec)?.spec.containers.map(({ name }) => name));
  return running.every(({ name }) => !own.has(name));
}

/**
 * True if a step that is to be killed (`Stop` with a grace) has ended by itself, and its executor still saves its outputs:
 * it was signalled too, and Argo's SIGKILL would not end it either.
 */
export function onlyReports({ status }: Pod, { spec }: PodDelegation): boolean {
  if (spec.gracePeriodSeconds === undefined) return false;
  const running = status?.containerStatuses?.filter(({ state }) => state?.terminated === undefined) ?? [];
  return running.length > 0 && running.every(({ name }) => ARGO_EXECUTORS.includes(name));
}

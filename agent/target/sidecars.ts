/**
 * Containers that the target added to a step of Argo, such as the proxy of a service mesh. At home Argo's controller tells
 * them to end when the step has (argo-workflows, operator.go, cleanUpPod); here nobody does, and the pod would never end.
 */
import type { Pod, PodDelegation } from '../../api/index.ts';
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

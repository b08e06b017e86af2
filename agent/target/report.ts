/** Step 6 on the target's side: what the hub hears of a delegate. When it does is urgency.ts' part. */
import {
  type ContainerStatus,
  DELEGATE,
  type PatchAction,
  type Pod,
  type PodDelegation,
  type PodDelegationStatus,
  type PodStatus,
  type TaskResult,
  type Warning,
  type WorkflowTaskResult,
  withoutOurs,
} from '../../api/index.ts';
import { amended, markOf } from './amendments.ts';
import { parseManifest } from './delegate-pod.ts';
import { mergeDiff, withoutNulls } from './json.ts';
import { taskResultOf } from './task-result.ts';

/** The part of the status that mirrors the delegate; `undefined` takes a field away. */
export interface Report {
  delegate: { uid: string; node?: string };
  pod: PodStatus;
  annotations: Record<string, string> | undefined;
  warnings?: Warning[];
  taskResult?: TaskResult;
}

/** What is known of a delegate beside the pod itself. */
export interface Beside {
  warnings?: Warning[] | undefined;
  result?: WorkflowTaskResult | undefined;
}

/** An allow-list: the source's API server refuses or misreads the rest on a proxy (qosClass, claims, generations). */
const POD_FIELDS = [
  'phase',
  'reason',
  'message',
  'startTime',
  'conditions',
  'containerStatuses',
  'initContainerStatuses',
  'podIP',
  'podIPs',
] as const;

/** Of a container's status, what speaks of the target's own volumes and allocations stays there. */
function containerReport(status: ContainerStatus): ContainerStatus {
  const { resources, allocatedResources, allocatedResourcesStatus, volumeMounts, ...rest } = status;
  return rest;
}

/** The delegate's status as it goes to the hub; without nulls, so that it compares equal to what comes back. */
export function reportedStatus(status: PodStatus | undefined): PodStatus {
  const picked: PodStatus = {};
  for (const field of POD_FIELDS) if (status?.[field] !== undefined) Object.assign(picked, { [field]: status[field] });
  if (picked.conditions) picked.conditions = picked.conditions.map(({ observedGeneration, ...condition }) => condition);
  if (picked.containerStatuses) picked.containerStatuses = picked.containerStatuses.map(containerReport);
  if (picked.initContainerStatuses) picked.initContainerStatuses = picked.initContainerStatuses.map(containerReport);
  return withoutNulls(picked);
}

/** Annotations that the delegate got in the target: those of the manifest the source knows. */
function newAnnotations(pod: Pod, delegation: PodDelegation): Record<string, string> | undefined {
  const present = Object.entries(withoutOurs(pod.metadata.annotations));
  if (present.length === 0) return undefined; // spares parsing the manifest
  const manifest = parseManifest(delegation.spec)?.metadata.annotations;
  const sent = amended(manifest, 'annotations', delegation.spec.amendments);
  const { amendments = [] } = delegation.spec;
  // Amendments that it does not have, or not yet, say nothing about what changed there.
  const behind = pod.metadata.annotations?.[DELEGATE.amended] !== markOf(amendments);
  const unsure = new Set(behind ? amendments.map(({ key }) => key) : []);
  const added = present.filter(([key, value]) => sent[key] !== value && !unsure.has(key));
  return added.length === 0 ? undefined : Object.fromEntries(added);
}

/** Everything that the hub should know of the delegate as it is now; beside it what it knows, unless told. */
export function reportOf(pod: Pod, delegation: PodDelegation, { warnings, result }: Beside = {}): Report {
  const node = pod.spec.nodeName;
  const { status } = delegation;
  return {
    delegate: { uid: pod.metadata.uid ?? '', ...(node !== undefined && { node }) },
    pod: reportedStatus(pod.status),
    annotations: newAnnotations(pod, delegation),
    ...besides({ warnings: warnings ?? status?.warnings, taskResult: resultOf(result, delegation) }),
  };
}

function besides({ warnings, taskResult }: { warnings: Warning[] | undefined; taskResult: TaskResult | undefined }) {
  return { ...(warnings !== undefined && { warnings }), ...(taskResult !== undefined && { taskResult }) };
}

/** A result that somebody took away has been told all the same. */
export const resultOf = (result: WorkflowTaskResult | undefined, delegation: PodDelegation) =>
  result === undefined ? delegation.status?.taskResult : taskResultOf(result, delegation);

/**
 * The patch that brings the delegation's status to `changes` (fields left out stay). It carries the resourceVersion
 * that the difference was computed from: nothing else keeps a late writer from overwriting how a pod ended.
 */
export function statusPatch(
  delegation: PodDelegation,
  changes: Partial<Report> & Pick<PodDelegationStatus, 'conditions'>,
): PatchAction | undefined {
  const { generation, resourceVersion, namespace, name } = delegation.metadata;
  const old = { ...delegation.status };
  const diff = mergeDiff(old, { ...old, ...changes });
  if (diff === undefined) return undefined;
  const status = { ...diff, ...(generation !== undefined && { observedGeneration: generation }) };
  return {
    do: 'patch',
    at: 'hub',
    resource: 'poddelegations',
    ...(namespace !== undefined && { namespace }),
    name,
    type: 'merge',
    subresource: 'status',
    body: { metadata: { resourceVersion }, status },
  };
}

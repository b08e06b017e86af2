/** What Argo's controller sees of a step, in a few words: proxies and task results. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { ARGO, type Pod, type WorkflowTaskResult } from '../../api/index.ts';

/** Of a pod: `phase`, and each container by `container NAME`. Of a result: `reported` and what it holds. */
export type State = { readonly [field: string]: unknown };

/** By `pod NAME` and `result NAME`; a second pod of that name is `pod NAME#2`. */
export type States = { readonly [key: string]: State };

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** Why a container ended, as far as its exit code does not say that. */
const USUAL = ['Completed', 'Error'];

function containerState({ state }: ContainerStatus): string {
  if (state?.terminated !== undefined) {
    const { exitCode, reason = '' } = state.terminated;
    return USUAL.includes(reason) ? `exit ${exitCode}` : `exit ${exitCode} ${reason}`.trim();
  }
  return state?.running === undefined ? 'waiting' : 'running';
}

export function podState({ metadata, status }: Pod): State {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const { deletionTimestamp } = metadata;
  return {
    phase: status?.phase ?? 'Pending',
    ...Object.fromEntries(containers.map((each) => [`container ${each.name}`, containerState(each)])),
    ...(deletionTimestamp !== undefined && { deleting: true }),
  };
}

export function resultState({ apiVersion, kind, metadata, ...content }: WorkflowTaskResult): State {
  return { reported: metadata.labels?.[ARGO.reported], ...content };
}

/** How far a pod, a container or a result has come: it never goes back. Ends differ from one another. */
function stage(value: unknown): number {
  const word = String(value).split(' ')[0] ?? '';
  return ['waiting', 'Pending', 'false'].includes(word) ? 0 : ['running', 'Running'].includes(word) ? 1 : 2;
}

/** Whether something has come at least as far as wanted. What has ended must have ended as wanted. */
export const reached = (state: State, wanted: State): boolean =>
  Object.entries(wanted).every(
    ([field, value]) =>
      isDeepStrictEqual(state[field], value) ||
      (field in state && stage(value) < 2 && stage(state[field]) > stage(value)),
  );

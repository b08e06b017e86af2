/**
 * What an Argo step reported where it ran, told to the Argo at home: it takes outputs from `WorkflowTaskResult` objects
 * only, and only until the pod has ended. So it is written before the proxy ends (docs/argo.md).
 */
import { isDeepStrictEqual } from 'node:util';
import {
  ARGO,
  apiVersionOf,
  isTerminal,
  type OwnerReference,
  type PatchAction,
  type Pod,
  type TaskResult,
} from '../../api/index.ts';
import { currentDelegation, type SourceState, type Told } from './state.ts';

/**
 * What Argo should be told: a delegate that has ended reports no more, whatever it was about to. Nor does anybody wait for
 * one whose proxy is gone: until its result is complete Argo would, for minutes.
 */
export function wantedResult(state: SourceState): TaskResult | undefined {
  if (state.proxy === undefined) return state.told && { ...state.told.result, completed: true };
  const status = currentDelegation(state)?.status;
  if (status?.taskResult === undefined) return undefined;
  const { completed, content } = status.taskResult;
  return { completed: completed || isTerminal(status.pod), content };
}

/** One patch, if Argo has not been told yet; none for a pod that no workflow owns. */
export function taskResult(state: SourceState): PatchAction[] {
  const { proxy, told } = state;
  const wanted = wantedResult(state);
  if (wanted === undefined || isDeepStrictEqual(wanted, told?.result)) return [];
  if (proxy === undefined) return told === undefined ? [] : [completeResult(told)];
  const name = proxy.metadata.annotations?.[ARGO.node];
  const workflow = workflowOf(proxy);
  return name === undefined || workflow === undefined ? [] : [patchResult(proxy, name, workflow, wanted)];
}

const RESOURCE = 'workflowtaskresults';
const API_VERSION = apiVersionOf(RESOURCE);

/** Not by `apply`: what Argo removed with its workflow must not come back. */
const completeResult = ({ namespace, name }: Told): PatchAction => ({
  ...{ do: 'patch', at: 'home', resource: RESOURCE, namespace, name, type: 'merge' },
  body: { metadata: { labels: { [ARGO.reported]: 'true' } } },
});

function patchResult(
  { metadata: { namespace = '', labels = {} } }: Pod,
  name: string,
  workflow: OwnerReference,
  { completed, content }: TaskResult,
): PatchAction {
  const { apiVersion, kind, uid } = workflow;
  const instance = labels[ARGO.instance];
  const metadata = {
    name,
    namespace,
    labels: {
      [ARGO.workflow]: workflow.name,
      [ARGO.reported]: String(completed),
      ...(instance !== undefined && { [ARGO.instance]: instance }),
    },
    ownerReferences: [{ apiVersion, kind, name: workflow.name, uid }],
  };
  const body = { ...content, apiVersion: API_VERSION, kind: 'WorkflowTaskResult', metadata };
  return { do: 'patch', at: 'home', resource: RESOURCE, namespace, name, type: 'apply', body };
}

/** The workflow that made the pod: whoever else owns it has no results. */
const workflowOf = ({ metadata: { ownerReferences = [], labels = {} } }: Pod): OwnerReference | undefined =>
  ownerReferences.find(
    ({ apiVersion, kind, name }) => apiVersion === API_VERSION && kind === 'Workflow' && name === labels[ARGO.workflow],
  );

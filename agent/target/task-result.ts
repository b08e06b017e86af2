/**
 * What an Argo step reports of itself: a `WorkflowTaskResult` that its executor writes where it runs, here. The hub gets
 * its content with the delegate's status, so that the source has it before the proxy ends (docs/argo.md).
 */
import {
  type Action,
  ARGO,
  apiVersionOf,
  type Container,
  type DeleteAction,
  MANAGED_BY,
  type Pod,
  type PodDelegation,
  type PodDelegationSpec,
  type PodSpec,
  RESULT_REPORTER,
  resultName,
  type TaskResult,
  type WorkflowTaskResult,
} from '../../api/index.ts';
import { withoutNulls } from './json.ts';

const NODE_ID = 'ARGO_NODE_ID';
const EXECUTOR = 'argoexec';

/** Whether the delegate may report a result; told from the manifest's text, since most pods never do. */
export const reportsResult = ({ spec }: PodDelegation): boolean => spec.manifest.includes(NODE_ID);

/** Name of the result that the delegate writes. */
export const resultNameOf = ({ source, pod, attempt }: PodDelegationSpec): string =>
  resultName(source, pod.uid, attempt);

/** Key (`namespace/name`) of the result that the delegate writes. */
export const resultKey = ({ spec }: PodDelegation): string => `${spec.delegate.namespace}/${resultNameOf(spec)}`;

/** The same pod, whose executor writes its result under `name`; what the user's own command sees stays as it was. */
export function withResultName(spec: PodSpec, name: string): PodSpec {
  const rename = (container: Container): Container => {
    const { env } = container;
    if (env === undefined || !runsExecutor(container)) return container;
    return { ...container, env: env.map((entry) => (entry.name === NODE_ID ? { name: NODE_ID, value: name } : entry)) };
  };
  const { containers, initContainers } = spec;
  return {
    ...spec,
    containers: containers.map(rename),
    ...(initContainers && { initContainers: initContainers.map(rename) }),
  };
}

/** True for `argoexec wait`, `init`, …, also if a second executor waits for its end (`argoexec emissary … -- argoexec data`). */
function runsExecutor({ command = [], args = [] }: Container): boolean {
  const words = [...command, ...args];
  const wrapped = words.includes('emissary') ? words.slice(words.indexOf('--') + 1) : words;
  return wrapped[0]?.split('/').pop() === EXECUTOR;
}

/**
 * An executor writes with the pod's own service account, to which nobody gave the right where no Argo is.
 * `mayReport` says of a `namespace/name` whether we did.
 */
export function grantResult(
  delegation: PodDelegation,
  { metadata, spec }: Pod,
  mayReport: (account: string) => boolean,
): Action[] {
  const { namespace = '' } = metadata;
  const account = spec.serviceAccountName || 'default';
  if (!reportsResult(delegation) || mayReport(`${namespace}/${account}`)) return [];
  const object = {
    apiVersion: apiVersionOf('rolebindings'),
    kind: 'RoleBinding',
    metadata: { namespace, name: `${RESULT_REPORTER}-${account}`, labels: MANAGED_BY },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: RESULT_REPORTER },
    subjects: [{ kind: 'ServiceAccount', namespace, name: account }],
  };
  return [{ do: 'create', at: 'home', resource: 'rolebindings', object, unlessThere: true }];
}

/** The service account (`namespace/name`) that such an action gives the right to. */
export function grantedBy(action: Action): string | undefined {
  if (action.do !== 'create' || action.resource !== 'rolebindings') return undefined;
  const { metadata } = action.object;
  return `${metadata.namespace}/${metadata.name.slice(RESULT_REPORTER.length + 1)}`;
}

/** True once nothing is added to a result any more. */
export const isComplete = ({ metadata }: WorkflowTaskResult): boolean => metadata.labels?.[ARGO.reported] === 'true';

/** An object of 1.5 MiB is too large for etcd; pod status, annotations and warnings want room too. */
const HUB_BYTES = 1_400_000;

/** What the hub should know of a result: its content only if it has room beside the manifest. */
export function taskResultOf(result: WorkflowTaskResult, { spec }: PodDelegation): TaskResult {
  const { apiVersion, kind, metadata, ...content } = result;
  const completed = isComplete(result);
  const bytes = byteLength(spec.manifest) + byteLength(content);
  if (bytes <= HUB_BYTES) return { completed, content: withoutNulls(content) };
  const refused = `manifest and result of the step have ${bytes} bytes, the hub takes ${HUB_BYTES}`;
  return { completed, content: {}, refused };
}

const byteLength = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** The result goes with its delegate; Argo only removes that of the source. */
export function removeResult({ metadata }: WorkflowTaskResult): DeleteAction {
  const { namespace = '', name, uid = '' } = metadata;
  return { do: 'delete', at: 'home', resource: 'workflowtaskresults', namespace, name, uid };
}

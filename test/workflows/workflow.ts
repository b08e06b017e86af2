/** Workflows as users write them, and what becomes of them. */
import { join } from 'node:path';
import { ANNOTATION, type KubeObject } from '../../api/index.ts';
import { readEnv } from '../cluster/env.ts';
import { endProcesses } from '../cluster/processes.ts';
import { run } from '../cluster/run.ts';
import { type Journey, test as journeyTest } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { installKinds, loadExecutor, realExecutor, startController } from './argo.ts';
import { startRepository } from './s3.ts';

export interface NodeStatus {
  /** With those above it: `workflow.step[0].name(1:item)`. */
  name: string;
  displayName: string;
  type: string;
  progress?: string;
  phase: string;
  message?: string;
  hostNodeName?: string;
  resourcesDuration?: Record<string, number>;
  outputs?: { result?: string; exitCode?: string; parameters?: { name: string; value: string }[] };
}

export interface Workflow extends KubeObject {
  spec: object;
  status?: { phase?: string; message?: string; progress?: string; nodes?: Record<string, NodeStatus> };
}

/** What sends a pod to the other cluster. */
export const AWAY = { annotations: { [ANNOTATION.elect]: '', [ANNOTATION.clusterName]: 'cluster2' } };

/** A template whose steps go to cluster2, and run this in a shell. */
export const away = (name: string, script: string, more: object = {}) => ({
  name,
  metadata: AWAY,
  container: {
    image: 'busybox:1.36',
    command: ['sh', '-c', script],
    resources: { requests: { cpu: '10m' } },
  },
  ...more,
});

const pathOf = (namespace: string, name = ''): string =>
  `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/workflows${name && `/${name}`}`;

/** Submits a workflow; its name is that of its entrypoint. */
export const submit = (journey: Journey, entrypoint: string, templates: object[], more: object = {}) =>
  submitSpec(journey, entrypoint, { entrypoint, templates, ...more });

export async function submitSpec({ source, namespace }: Journey, name: string, spec: object): Promise<void> {
  const workflow = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name, namespace }, spec };
  await source.api.raw('POST', pathOf(namespace), { body: workflow });
}

export async function workflowOf({ source, namespace }: Journey, name: string): Promise<Workflow> {
  return JSON.parse(await source.api.raw('GET', pathOf(namespace, name))) as Workflow;
}

/** What Argo asks of whoever installs it: steps at home report with the right that this gives them. */
export async function letReport({ source, namespace }: Journey): Promise<void> {
  const rules = [{ apiGroups: ['argoproj.io'], resources: ['workflowtaskresults'], verbs: ['create', 'patch'] }];
  const metadata = { name: 'executor', namespace };
  await source.api.create('roles', { metadata, ...{ rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'executor' };
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  await source.api.create('rolebindings', { metadata, ...{ roleRef, subjects } });
}

/** Waits until a workflow has ended, in whatever way. */
export function endOf(journey: Journey, name: string, within = 90_000): Promise<Workflow> {
  return eventually(
    `workflow ${name} ends`,
    async () => {
      const workflow = await workflowOf(journey, name);
      if (['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '')) return workflow;
      throw new Error(`it is ${JSON.stringify(workflow.status)}`);
    },
    within,
  );
}

/** Waits until a node of a workflow, by the name that users see, is in that phase. */
export async function untilNode(journey: Journey, name: string, node: string, phase: string): Promise<void> {
  await eventually(`${node} of ${name} is ${phase}`, async () => {
    const now = nodesOf(await workflowOf(journey, name))[node];
    if (now?.phase !== phase) throw new Error(`it is ${JSON.stringify(now)}`);
    return true;
  });
}

/** Its nodes by the names that users see. */
export const nodesOf = ({ status }: Workflow): Record<string, NodeStatus> =>
  Object.fromEntries(Object.values(status?.nodes ?? {}).map((node) => [node.displayName, node]));

const env = readEnv();

/**
 * vitest's `test` with journeys over a fleet whose source has a real Argo, whose controller has these variables in its
 * environment; skipped where there is none to run.
 */
export const testUnder = (settings: NodeJS.ProcessEnv) =>
  journeyTest
    .extend('argo', { scope: 'file' }, async ({ running }) => {
      const folder = env.argoFolder;
      if (folder === undefined)
        return { why: 'BERTH_ARGO_BIN names no folder with workflow-controller, argoexec and argo' };
      if (running.fleet === undefined) return { why: running.why };
      const { cluster1, cluster2 } = running.fleet.sites;
      await installKinds(cluster1, AbortSignal.timeout(60_000));
      await loadExecutor(await realExecutor(folder), [cluster1, cluster2], env.processEnv);
      const repository = await startRepository(cluster1, env);
      const start = () => startController(folder, cluster1, { env: { ...env.processEnv, ...settings }, repository });
      let controller = await start();
      const restart = async () => {
        await endProcesses([controller]);
        controller = await start();
      };
      return { restart, command: join(folder, 'argo') };
    })
    .extend('restart', async ({ argo, skip }) => ('why' in argo ? skip(argo.why) : argo.restart))
    /** `argo`, the client of the users, in a journey's source and namespace. */
    .extend('client', async ({ argo, skip }) => {
      if ('why' in argo) return skip(argo.why);
      return ({ source, namespace }: Journey, ...args: string[]): Promise<string> =>
        run(argo.command, [...args, '-n', namespace], { env: { ...env.processEnv, KUBECONFIG: source.kubeconfig } });
    })
    .extend('begun', async ({ begin, argo, skip }) => ('why' in argo ? skip(argo.why) : begin()));

export const test = testUnder({});

/** A real Argo Workflows over the clusters of the journeys: its controller as a plain process in the source. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../api/index.ts';
import { isAlreadyExists, waitForCrds } from '../../kube/index.ts';
import { ARGO_USER } from '../cluster/audit.ts';
import { importImage } from '../cluster/containerd.ts';
import { goArchitecture, imageArchive, rootFolder } from '../cluster/images.ts';
import { kubeconfigFile } from '../cluster/pki.ts';
import { assertAlive, startProcess } from '../cluster/processes.ts';
import { run } from '../cluster/run.ts';
import type { OwnedProcess } from '../cluster/state.ts';
import { type TarEntry, tar } from '../cluster/tar.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { Site } from '../journeys/fleet.ts';

const GROUP = 'argoproj.io';
const VERSION = 'v1alpha1';
const EXECUTOR_IMAGE = 'docker.io/library/argoexec:test';
const CONFIG = 'workflow-controller-configmap';

/** Argo's kinds by their plurals; its own CRDs say more, and ask for nothing else. */
const KINDS = {
  workflows: 'Workflow',
  workflowtemplates: 'WorkflowTemplate',
  clusterworkflowtemplates: 'ClusterWorkflowTemplate',
  cronworkflows: 'CronWorkflow',
  workfloweventbindings: 'WorkflowEventBinding',
  workflowtasksets: 'WorkflowTaskSet',
  workflowtaskresults: 'WorkflowTaskResult',
  workflowartifactgctasks: 'WorkflowArtifactGCTask',
};

function definition([plural, kind]: [string, string]): KubeObject {
  const scope = plural.startsWith('cluster') ? 'Cluster' : 'Namespaced';
  const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const withStatus = plural === 'workflowtasksets' || plural === 'workflowartifactgctasks';
  const subresources = withStatus ? { subresources: { status: {} } } : {};
  const spec = {
    group: GROUP,
    scope,
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [{ name: VERSION, served: true, storage: true, schema: anything, ...subresources }],
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    ...{ spec },
  };
}

/** Makes Argo's kinds known in a cluster, as far as they are not. */
export async function installKinds({ api }: Site, signal: AbortSignal): Promise<void> {
  for (const kind of Object.entries(KINDS)) {
    await api.create('customresourcedefinitions', definition(kind), { signal }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
  await waitForCrds(
    api,
    Object.keys(KINDS).map((plural) => `${plural}.${GROUP}`),
    signal,
  );
}

/** Argo's own executor. */
export const realExecutor = async (folder: string): Promise<TarEntry[]> => [
  { name: 'bin/argoexec', kind: 'file', content: await readFile(join(folder, 'argoexec')) },
];

/** Gives the pods of these clusters the executor's image, made by hand of busybox and these files: there is no registry. */
export async function loadExecutor(files: TarEntry[], sites: Site[], env: NodeJS.ProcessEnv): Promise<void> {
  const applets = (await run('/bin/busybox', ['--list'])).split('\n').filter(Boolean);
  const root = rootFolder(await readFile('/bin/busybox'), applets);
  const architecture = goArchitecture(process.arch);
  const image = { names: [EXECUTOR_IMAGE], layer: tar([...root, ...files]), command: ['argoexec'], architecture };
  const scratch = await mkdtemp(join(tmpdir(), 'berth-argoexec-'));
  try {
    const archive = join(scratch, 'argoexec.tar');
    await writeFile(archive, imageArchive(image));
    for (const site of sites) await importImage(site.folder, archive, env);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Starts the controller of a cluster, which ends with it. Its steps keep their artifacts in that repository. */
export async function startController(
  folder: string,
  site: Site,
  { env, repository }: { env: NodeJS.ProcessEnv; repository: object },
): Promise<OwnedProcess> {
  const off = '{enabled: false}';
  const data = { metricsConfig: off, telemetryConfig: off, artifactRepository: JSON.stringify(repository) };
  const config = { metadata: { name: CONFIG, namespace: 'default' }, ...{ data } };
  await site.api.create('configmaps', config).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error; // of a controller before
  });
  const args = [
    ...['--kubeconfig', kubeconfigFile(site.folder, ARGO_USER), '--configmap', CONFIG],
    ...['--executor-image', EXECUTOR_IMAGE, '--executor-image-pull-policy', 'IfNotPresent'],
  ];
  const before = (await readFile(join(site.folder, 'workflow-controller.log'), 'utf8').catch(() => '')).length;
  const controller = await startProcess({
    name: 'workflow-controller',
    command: join(folder, 'workflow-controller'),
    args,
    stateDir: site.folder,
    env: { ...env, LEADER_ELECTION_DISABLE: 'true' },
  });
  const log = join(site.folder, 'workflow-controller.log');
  const works = async () => {
    assertAlive(controller, site.folder);
    return (await readFile(log, 'utf8')).slice(before).includes('Starting Workflow Controller');
  };
  await waitUntil(works, { what: 'the controller of Argo works', timeout: 30_000 });
  return controller;
}

/** Two clusters with simulated nodes, the first the hub; Berth in parts between fault proxies; a user of each cluster. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANNOTATION, type Pod } from '../../api/index.ts';
import { type ApiClient, createClient, credentialsFromKubeconfig } from '../../kube/index.ts';
import { startFleet } from '../cluster/fleet.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { Part } from '../part.ts';
import { startParts } from './parts/fleet.ts';

export const NAMESPACE = 'faults';
const LIMIT = 60_000;

export type Ground = AsyncDisposable & {
  readonly source: ApiClient;
  readonly target: ApiClient;
  readonly parts: readonly Part[];
  /** Kubeconfigs and logs; removed at the end unless it was kept. */
  readonly folder: string;
  readonly keepFolder: () => void;
};

export type GroundOptions = {
  readonly leaseSeconds: number;
  /** Module of the command line; ours if left out. */
  readonly berth?: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Starts it all; disposing ends it. */
export async function prepareGround(o: GroundOptions): Promise<Ground> {
  const { log, signal } = o;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'berth-faults-'));
  let keep = false;
  stack.defer(() => (keep ? undefined : rm(folder, { recursive: true })));
  const node = [{ name: 'node', cpu: '1000', memory: '4Ti', pods: 1000 }];
  const members = ['source', 'target'].map((name) => ({ name, simulated: node }));
  const fleet = stack.use(await startFleet({ members, nodes: 'simulated', log, signal }));
  const options = { hub: fleet.cluster('source'), members: fleet.clusters, folder, ...o };
  const { parts } = stack.use(await startParts(options));
  const open = async (name: string) => {
    const client = await openCluster(name, fleet.cluster(name).kubeconfig, signal);
    stack.defer(() => client.close());
    return client;
  };
  const [source, target] = [await open('source'), await open('target')];
  const all = stack.move();
  const keepFolder = () => {
    keep = true;
  };
  return { source, target, parts, folder, keepFolder, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A client of its admin, and the namespace, in which pods can be created when this resolves. */
async function openCluster(cluster: string, kubeconfig: string, signal: AbortSignal): Promise<ApiClient> {
  const credentials = await credentialsFromKubeconfig(kubeconfig);
  const client = createClient({ cluster, credentials, component: 'test', random: Math.random });
  await client.create('namespaces', { metadata: { name: NAMESPACE } }, { signal });
  const account = async () =>
    (await client.get('serviceaccounts', 'default', { namespace: NAMESPACE, signal })) !== undefined;
  await waitUntil(account, { what: `pods can be created in ${cluster}`, timeout: LIMIT, signal });
  return client;
}

/** An elected pod that runs in the target for so long (as in Go). */
export const electedPod = (name: string, duration: string): Pod => ({
  metadata: {
    name,
    namespace: NAMESPACE,
    annotations: { [ANNOTATION.elect]: '', [ANNOTATION.clusterName]: 'target', 'sim/duration': duration },
  },
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '10m' } } }],
  },
});

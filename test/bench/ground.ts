/** What is measured on: a source that is the hub too, a target, simulated nodes, `berth up`, and a client of each. */
import { dirname, join } from 'node:path';
import type { Pod } from '../../api/index.ts';
import { type ApiClient, createClient, credentialsFromKubeconfig } from '../../kube/index.ts';
import { type Berth, startBerth } from '../berth.ts';
import { readWrites, type Write } from '../cluster/audit.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { readEnv } from '../cluster/env.ts';
import { startFleet } from '../cluster/fleet.ts';
import type { SimulatedNode } from '../cluster/simulated.ts';
import { readState } from '../cluster/state.ts';
import { waitUntil } from '../cluster/wait.ts';
import { watchPods } from '../pod-watch.ts';
import { Sightings } from './sightings.ts';

export const NAMESPACE = 'bench';

/** A cluster as the bench's user sees it: with a client like ours, so that its cost is the same for all pods. */
export type Site = {
  readonly name: 'source' | 'target';
  readonly client: ApiClient;
  readonly sightings: Sightings;
};

export type Ground = AsyncDisposable & {
  readonly source: Site;
  readonly target: Site;
  readonly berth: Berth;
  /** PIDs of all that takes part, by name. */
  readonly processes: ReadonlyMap<string, number>;
  /** What all API servers were asked to write since the given time (milliseconds since 1970). */
  readonly writes: (since: number) => Promise<Write[]>;
};

/** The target offers many times more room, and placement prefers most room: so that all delegates go there. */
const SLOTS = { source: 100, target: 1000 };
const NODES = 10;

const nodes = (name: Site['name']): SimulatedNode[] =>
  Array.from({ length: NODES }, (_, index) => ({
    name: `${name}-${index}`,
    cpu: '1000',
    memory: '4Ti',
    pods: SLOTS[name],
  }));

/** Starts it all; disposing ends it, and so does the signal while it starts. */
export async function prepareGround(log: (line: string) => void, signal: AbortSignal): Promise<Ground> {
  await using stack = new AsyncDisposableStack();
  const members = (['source', 'target'] as const).map((name) => ({ name, simulated: nodes(name) }));
  const fleet = stack.use(await startFleet({ members, nodes: 'simulated', log, signal }));
  const logFile = join(readEnv().stateRoot, `bench-${process.pid}.log`);
  log(`berth up, its log is ${logFile}`);
  const hub = fleet.cluster('source');
  const berth = stack.use(await startBerth({ hub, members: fleet.clusters, logFile, signal }));
  const watching = new AbortController();
  stack.defer(() => watching.abort());
  const open = async (name: Site['name']) => {
    const site = await openSite(name, fleet.cluster(name), AbortSignal.any([watching.signal, signal]));
    stack.defer(() => site.client.close());
    return site;
  };
  const [source, target] = [await open('source'), await open('target')];
  const logs = fleet.clusters.flatMap(({ auditLog }) => auditLog ?? []);
  const writes = async (since: number) => (await Promise.all(logs.map((file) => readWrites(file, { since })))).flat();
  const processes = new Map([...fleet.clusters.flatMap(serversOf), ['berth', berth.pid], ['bench', process.pid]]);
  const all = stack.move();
  return { source, target, berth, processes, writes, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const serversOf = ({ name, kubeconfig }: Cluster): (readonly [string, number])[] =>
  (readState(dirname(kubeconfig))?.processes ?? []).map((server) => [`${name} ${server.name}`, server.pid]);

async function openSite(name: Site['name'], { kubeconfig }: Cluster, signal: AbortSignal): Promise<Site> {
  const credentials = await credentialsFromKubeconfig(kubeconfig);
  const client = createClient({ cluster: name, credentials, component: 'bench', random: Math.random });
  await client.create('namespaces', { metadata: { name: NAMESPACE } }, { signal });
  const account = async () =>
    (await client.get('serviceaccounts', 'default', { namespace: NAMESPACE, signal })) !== undefined;
  await waitUntil(account, { what: `pods can be created in ${name}`, timeout: 20_000, signal });
  const sightings = new Sightings(() => performance.now());
  const pods = await watchPods(client, NAMESPACE, signal);
  pods.subscribe(({ now }: { now?: Pod }) => now && sightings.see(now));
  return { name, client, sightings };
}

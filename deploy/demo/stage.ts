/** The clusters, Berth over them, and our eyes on them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, createClient, credentialsFromKubeconfig } from '../../kube/index.ts';
import { type Berth, startBerth } from '../../test/berth.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';
import type { HarnessEnv } from '../../test/cluster/env.ts';
import { type NodeKind, startFleet } from '../../test/cluster/fleet.ts';
import { type Follower, followPods } from './follow.ts';
import { HOME, OTHER } from './workload.ts';

export interface StageOptions {
  nodes: 'auto' | NodeKind;
  keep: boolean;
  /** Takes Berth's log. */
  folder: string;
  log: (line: string) => void;
  signal: AbortSignal;
  env: HarnessEnv;
  now: () => number;
}

export interface Stage {
  nodes: NodeKind;
  clusters: readonly Cluster[];
  berth: Berth;
  /** Of the cluster at home, and of the other. */
  clients: readonly [ApiClient, ApiClient];
  follower: Follower;
  /** Also fires, with the reason, when Berth ends by itself. */
  signal: AbortSignal;
  /** Ends our watches and connections; all else stays up. */
  leave(): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
}

/** Starts everything, or nothing: what was started before a failure is ended. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { log, now, keep, env } = options;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const machines = new AsyncDisposableStack();
  const eyes = new AsyncDisposableStack();
  const stop = async () => {
    await eyes.disposeAsync();
    await machines.disposeAsync();
  };
  try {
    log(`starting ${HOME.name} (room for 3 steps, also the hub) and ${OTHER.name} (room for 4)`);
    const begun = now();
    const fleet = machines.use(
      await startFleet({ members: [HOME, OTHER], nodes: options.nodes, log, keep, signal, env }),
    );
    log(`both clusters are up, nodes: ${fleet.nodes} (${seconds(now() - begun)})`);
    const berth = machines.use(await startBerthOver(fleet.clusters, options, signal));
    void berth.ended.then((how) => broken.abort(new Error(how)));
    const clients = await Promise.all([
      connect(fleet.cluster(HOME.name), eyes),
      connect(fleet.cluster(OTHER.name), eyes),
    ]);
    const watching = new AbortController();
    eyes.defer(() => watching.abort());
    const follower = await followPods({ clients, log, signal: AbortSignal.any([signal, watching.signal]) });
    return {
      nodes: fleet.nodes,
      clusters: fleet.clusters,
      berth,
      clients,
      follower,
      signal,
      leave: () => eyes.disposeAsync(),
      stop,
    };
  } catch (error) {
    await stop().catch((echo: unknown) => log(`while all was ended: ${echo}`));
    throw error;
  }
}

async function startBerthOver(clusters: readonly Cluster[], o: StageOptions, signal: AbortSignal): Promise<Berth> {
  const [hub] = clusters;
  if (hub === undefined) throw new Error('a fleet without clusters');
  const begun = o.now();
  await mkdir(o.folder, { recursive: true, mode: 0o700 });
  const logFile = join(o.folder, 'berth.log');
  const berth = await startBerth({ hub, members: clusters, logFile, keep: o.keep, signal, env: o.env });
  o.log(`Berth is ready (${seconds(o.now() - begun)})`);
  return berth;
}

async function connect({ name, kubeconfig }: Cluster, eyes: AsyncDisposableStack): Promise<ApiClient> {
  const credentials = await credentialsFromKubeconfig(kubeconfig);
  const client = createClient({ cluster: name, credentials, component: 'demo', random: Math.random });
  eyes.defer(() => client.close());
  return client;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

import { join } from 'node:path';
import { cleanUpLeftOvers } from './clean-up.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { type HarnessEnv, readEnv } from './env.ts';
import { useCluster } from './existing.ts';
import { type Ability, canRunKubelets } from './packages.ts';
import type { SimulatedNode } from './simulated.ts';
import { allEnded } from './wait.ts';

/** One cluster of a fleet, told so that it can be had with real and with simulated nodes. */
export type Member = {
  readonly name: string;
  /** What its one node offers, such as `700m`. */
  readonly cpu?: string;
  /** Simulated nodes in place of that one; such a member is always simulated. */
  readonly simulated?: readonly SimulatedNode[];
  /** A context of the user's kubeconfig, to use that cluster in place of a new one. */
  readonly context?: string;
  /** False: a cluster that runs no pods, such as a hub. */
  readonly nodes?: false;
  /** In a network namespace of its own. */
  readonly apart?: boolean;
  /** As in `ClusterOptions`. */
  readonly verifiesKubelets?: boolean;
};

export type NodeKind = 'kubelet' | 'simulated';

export type FleetOptions = {
  readonly members: readonly Member[];
  /** `auto` (unless told): real kubelets where this machine can run them, which in CI it must. */
  readonly nodes?: 'auto' | NodeKind;
  readonly log: (line: string) => void;
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  readonly env?: HarnessEnv;
};

export type Fleet = AsyncDisposable & {
  readonly nodes: NodeKind;
  readonly clusters: readonly Cluster[];
  /** The cluster of that name; throws when there is none. */
  readonly cluster: (name: string) => Cluster;
  readonly stop: () => Promise<void>;
};

/** Starts the members' clusters at once, after cleaning up what killed runs left. All or none: a failure stops all. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { log, members, env = readEnv() } = options;
  await cleanUpLeftOvers(env.stateRoot, log);
  const nodes = chooseNodes(options.nodes ?? 'auto', await canRunKubelets(), env.ci);
  if (nodes.note !== undefined) log(nodes.note);
  const starts = members.map((member) => startMember(member, nodes.kind, { ...options, env }));
  const outcomes = await Promise.allSettled(starts);
  const clusters = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = () => allEnded(clusters.map((cluster) => cluster.stop()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const cluster = (name: string) => {
    const found = clusters.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no cluster ${name} in this fleet`);
    return found;
  };
  return { nodes: nodes.kind, clusters, cluster, stop, [Symbol.asyncDispose]: stop };
}

/** Pure: which kind of nodes it is to be, and what to tell about it. Throws where real ones must be but cannot. */
export function chooseNodes(
  wanted: 'auto' | NodeKind,
  ability: Ability,
  ci: boolean,
): { kind: NodeKind; note?: string } {
  if (wanted === 'simulated') return { kind: 'simulated' };
  if (ability.ok) return { kind: 'kubelet' };
  if (wanted === 'kubelet' || ci) throw new Error(ability.why);
  return { kind: 'simulated', note: `nodes are simulated, pods only appear to run: ${ability.why}` };
}

function startMember(member: Member, kind: NodeKind, options: FleetOptions & { env: HarnessEnv }): Promise<Cluster> {
  const { name, context, apart = false, verifiesKubelets = false } = member;
  const log = (line: string) => options.log(`${name}: ${line}`);
  const stateDir = stateFolder(options.env, name, options.keep === true);
  if (context !== undefined) return useCluster({ context, name, stateDir, log, env: options.env });
  const { keep = false, signal, env } = options;
  const nodes = nodesOf(member, kind);
  const optional = { ...(nodes && { nodes }), ...(signal && { signal }) };
  return startCluster({ name, stateDir, log, keep, env, apart, verifiesKubelets, ...optional });
}

/** The folder of a cluster: of a fixed name if it is kept, to be found again, else one per run. */
export function stateFolder(env: HarnessEnv, name: string, keep: boolean): string {
  return join(env.stateRoot, keep ? name : `${name}-${process.pid}`);
}

function nodesOf({ name, cpu, simulated, nodes }: Member, kind: NodeKind): ClusterOptions['nodes'] {
  if (nodes === false) return undefined;
  if (simulated !== undefined) return { kind: 'simulated', nodes: simulated };
  if (kind === 'kubelet') return { kind: 'kubelet', ...(cpu !== undefined && { allocatableCpu: cpu }) };
  return { kind: 'simulated', nodes: [{ name: `${name}-node`, cpu: cpu ?? '4' }] };
}

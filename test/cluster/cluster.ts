import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Apart } from './apart.ts';
import { ensureBinaries, pathOf } from './binaries.ts';
import { binariesFor } from './build-plan.ts';
import { cleanUp } from './clean-up.ts';
import { auditLogFile } from './control-plane.ts';
import { type HarnessEnv, readEnv } from './env.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import type { KubeletNode } from './kubelet.ts';
import { installPackages } from './packages.ts';
import { kubeconfigFile } from './pki.ts';
import { identify, isAlive } from './process-id.ts';
import { startReaper } from './reaper.ts';
import { addSimulatedNodes, type SimulatedNode, type SimulatedNodes } from './simulated.ts';
import { startServers } from './start.ts';
import { readState, writeState } from './state.ts';

/** A Kubernetes cluster to test with. Disposing it (`await using`) stops it. */
export type Cluster = AsyncDisposable & {
  readonly name: string;
  /** The path of an administrator's kubeconfig; its only context has the cluster's name. */
  readonly kubeconfig: string;
  /** The API server's URL. */
  readonly server: string;
  /** The path of the log of all writes, for `countWrites`; existing clusters have none. */
  readonly auditLog: string | undefined;
  readonly kubectl: Kubectl;
  /** Its network namespace, if it has one of its own. */
  readonly apart?: Apart | undefined;
  /** Adds nodes to a cluster with simulated ones and waits until they are ready; fails for another. */
  readonly addNodes: (nodes: readonly SimulatedNode[]) => Promise<void>;
  /** Ends the cluster with all that runs in it, and removes its folder. Repeated calls do nothing more. */
  readonly stop: () => Promise<void>;
};

export type ClusterOptions = {
  readonly name: string;
  /** Without: a cluster that runs no pods. */
  readonly nodes?: KubeletNode | SimulatedNodes;
  /** In a network namespace of its own, whose firewall lets no other cluster in; needs root. */
  readonly apart?: boolean;
  /** Its API server asks for kubelets' certificates to be of the cluster's authority; it does not unless told. */
  readonly verifiesKubelets?: boolean;
  /** A folder for this cluster alone, of a path under 90 characters; made here, and removed when it stops. */
  readonly stateDir: string;
  readonly log: (line: string) => void;
  /** Leaves the cluster running when our process ends. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  readonly env?: HarnessEnv;
  readonly now?: () => number;
  readonly random?: () => number;
};

/**
 * Starts a cluster: etcd, API server, controller manager, scheduler, and its nodes; resolves when the nodes are
 * ready and pods can be created. Builds or installs what lacks first. What was started ends with our process,
 * unless `keep`.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, nodes, apart = false, verifiesKubelets = false, log, signal, env = readEnv() } = options;
  const { now = Date.now, random = Math.random } = options;
  const binaries = await ensureBinaries(binariesFor(nodes?.kind ?? 'none'), { env, log, signal });
  if (nodes?.kind === 'kubelet' || apart) await installPackages(env, log);
  const stateDir = await claimFolder(options);
  const callOffReaper = options.keep === true ? () => undefined : startReaper(stateDir, env.processEnv);
  const end = async () => {
    await cleanUp(stateDir);
    callOffReaper();
  };
  const kubeconfig = kubeconfigFile(stateDir, 'admin');
  const cacheDir = join(stateDir, 'kubectl');
  const kubectl = kubectlFor({ path: pathOf(binaries, 'kubectl'), kubeconfig, cacheDir, env: env.processEnv });
  try {
    const asked = { name, nodes, apart, verifiesKubelets, stateDir, signal };
    const servers = await startServers({ ...asked, binaries, env, kubectl, now, random });
    return handle({ name, kubeconfig, ...servers, auditLog: auditLogFile(stateDir), kubectl }, nodes, end);
  } catch (error) {
    await end();
    throw error;
  }
}

type Facts = Pick<Cluster, 'name' | 'kubeconfig' | 'server' | 'auditLog' | 'kubectl' | 'apart'>;

function handle(facts: Facts, nodes: ClusterOptions['nodes'], end: () => Promise<void>): Cluster {
  let ending: Promise<void> | undefined;
  const stop = () => {
    ending ??= end();
    return ending;
  };
  return {
    ...facts,
    addNodes: async (added) => {
      if (nodes?.kind !== 'simulated') throw new Error(`cluster ${facts.name} has no simulated nodes to add to`);
      await addSimulatedNodes(added, facts.kubectl);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Makes the cluster's folder ours; a left-over in it is ended first. Throws when another process uses it. */
async function claimFolder({ stateDir, keep = false }: ClusterOptions): Promise<string> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const folder = await realpath(stateDir);
  const before = readState(folder);
  if (before !== undefined && !before.keep && isAlive(before.owner)) {
    throw new Error(`${folder} is in use by process ${before.owner.pid}`);
  }
  await cleanUp(folder);
  writeState(folder, { owner: identify(process.pid), keep, processes: [], rules: [] });
  return folder;
}

import { join } from 'node:path';
import type { Apart } from './apart.ts';
import type { Binaries } from './binaries.ts';
import { startContainerd } from './containerd.ts';
import * as plane from './control-plane.ts';
import type { HarnessEnv } from './env.ts';
import type { Kubectl } from './kubectl.ts';
import { type KubeletNode, startKubelet } from './kubelet.ts';
import { claimNetwork, openRoutes, type PodNetwork } from './network.ts';
import { writePki } from './pki.ts';
import { freePorts } from './ports.ts';
import { assertAlive } from './processes.ts';
import { addSimulatedNodes, type SimulatedNodes, startKwok } from './simulated.ts';
import type { OwnedProcess } from './state.ts';
import { allEnded, waitUntil } from './wait.ts';

export type StartOptions = {
  readonly name: string;
  readonly nodes: KubeletNode | SimulatedNodes | undefined;
  /** In a network namespace of its own. */
  readonly apart: boolean;
  readonly verifiesKubelets: boolean;
  readonly stateDir: string;
  readonly binaries: Binaries;
  readonly env: HarnessEnv;
  readonly kubectl: Kubectl;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
  readonly random: () => number;
};

/** Simulated pods never send a packet, so all such clusters may have the same addresses. */
const NO_NETWORK = { serviceRange: '10.223.0.0/16', nodeAddress: '127.0.0.1' };

export type Servers = { readonly server: string; readonly apart?: Apart };

/** Starts a cluster's processes in its claimed folder, and waits until pods can be created. */
export async function startServers(options: StartOptions): Promise<Servers> {
  const { stateDir, nodes, random, apart } = options;
  const [etcd = 0, etcdPeer = 0, api = 0, controllerManager = 0, scheduler = 0] = await freePorts(5, random);
  const network = nodes?.kind === 'kubelet' || apart ? await claimNetwork(stateDir, apart) : undefined;
  const control: plane.ControlPlane = {
    stateDir,
    binaries: options.binaries,
    env: options.env.processEnv,
    ports: { etcd, etcdPeer, api, controllerManager, scheduler },
    serviceRange: network?.serviceRange ?? NO_NETWORK.serviceRange,
    advertiseAddress: network?.nodeAddress ?? NO_NETWORK.nodeAddress,
    netns: network?.apart?.netns,
    verifiesKubelets: options.verifiesKubelets,
  };
  const server = `https://${network?.apart?.address ?? '127.0.0.1'}:${api}`;
  await allEnded([startControlPlane({ ...control, server }, network, options), prepareNode(network, api, options)]);
  await allEnded([startNodes(network, options), defaultAccount(options)]);
  return { server, ...(network?.apart && { apart: network.apart }) };
}

type Addressed = plane.ControlPlane & { readonly server: string };

async function startControlPlane(control: Addressed, network: PodNetwork | undefined, options: StartOptions) {
  const { name, nodes, stateDir, now } = options;
  const etcd = await plane.startEtcd(control);
  await writePki({
    name,
    stateDir,
    now,
    server: control.server,
    apiAddresses: network === undefined ? [] : addressesOf(network),
    node:
      network === undefined || nodes?.kind !== 'kubelet'
        ? undefined
        : { name: nodeName(name), address: network.nodeAddress },
  });
  const apiServer = await plane.startApiServer(control);
  await apiReady([etcd, apiServer], options);
  await plane.startControllerManager(control);
  await plane.startScheduler(control);
}

async function prepareNode(network: PodNetwork | undefined, apiPort: number, options: StartOptions): Promise<void> {
  if (network === undefined) return;
  const { nodes, stateDir, env, signal } = options;
  const imageFolder = join(env.cacheDir, 'images');
  await openRoutes(network, apiPort, stateDir);
  if (nodes?.kind !== 'kubelet') return;
  await startContainerd({ stateDir, network, imageFolder, env: env.processEnv, signal });
}

async function startNodes(network: PodNetwork | undefined, options: StartOptions): Promise<void> {
  const { nodes, name, stateDir, binaries, kubectl, signal } = options;
  const env = options.env.processEnv;
  if (nodes?.kind === 'simulated') {
    await startKwok({ stateDir, binaries, env });
    await addSimulatedNodes(nodes.nodes, kubectl);
  }
  if (nodes?.kind !== 'kubelet' || network === undefined) return;
  const node = nodeName(name);
  const kubelet = await startKubelet({ stateDir, nodeName: node, node: nodes, network, binaries, env });
  const ready = async () => {
    assertAlive(kubelet, stateDir);
    await kubectl(['wait', '--for=condition=Ready', `node/${node}`, '--timeout=2s'], { timeout: 5_000 });
    return true;
  };
  await waitUntil(ready, { what: `node ${node} is ready`, timeout: 90_000, signal });
}

async function apiReady(processes: readonly OwnedProcess[], options: StartOptions): Promise<void> {
  const ready = async () => {
    for (const process of processes) assertAlive(process, options.stateDir);
    return (await options.kubectl(['get', '--raw=/readyz'], { timeout: 5_000 })) === 'ok';
  };
  const what = `the API server of ${options.name} is ready`;
  await waitUntil(ready, { what, timeout: 90_000, interval: 250, signal: options.signal });
}

/** The controller manager makes it; before, every pod is refused. */
async function defaultAccount({ kubectl, name, signal }: StartOptions): Promise<void> {
  const exists = async () => (await kubectl(['get', 'serviceaccount', 'default', '-o', 'name'])) !== '';
  const what = `the default service account of ${name} exists`;
  await waitUntil(exists, { what, timeout: 60_000, interval: 250, signal });
}

const addressesOf = ({ nodeAddress, serviceAddress, apart }: PodNetwork) => [
  ...[nodeAddress, serviceAddress],
  ...(apart === undefined ? [] : [apart.address]),
];

const nodeName = (cluster: string) => `${cluster}-node`;

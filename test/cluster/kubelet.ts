import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Binaries, pathOf } from './binaries.ts';
import { createCgroup } from './cgroups.ts';
import { containerdSocket } from './containerd.ts';
import type { PodNetwork } from './network.ts';
import { kubeconfigFile, pkiFile } from './pki.ts';
import { startProcess } from './processes.ts';
import { type OwnedProcess, updateState } from './state.ts';

/** A real node: a kubelet on this machine. */
export type KubeletNode = {
  readonly kind: 'kubelet';
  /** What the node offers, in CPUs or milli-CPUs (`700m`); at most what the machine has. All of it unless told. */
  readonly allocatableCpu?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

export type KubeletOptions = {
  readonly stateDir: string;
  readonly nodeName: string;
  readonly node: KubeletNode;
  readonly network: PodNetwork;
  readonly binaries: Binaries;
  readonly env: NodeJS.ProcessEnv;
};

/** Starts the kubelet; its containerd must run and the API server be ready. */
export async function startKubelet(options: KubeletOptions): Promise<OwnedProcess> {
  const { stateDir, nodeName, network, node } = options;
  const config = join(stateDir, 'kubelet.yaml');
  // The bridge is this cluster's alone among all on this machine, so its name serves as the cgroup's.
  updateState(stateDir, () => ({ cgroup: network.bridge }));
  await createCgroup(network.bridge);
  await mkdir(join(stateDir, 'kubelet'), { recursive: true });
  await writeFile(config, JSON.stringify(kubeletConfig(options)));
  const labels = Object.entries(node.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return startProcess({
    name: 'kubelet',
    command: pathOf(options.binaries, 'kubelet'),
    args: [
      ...['--kubeconfig', kubeconfigFile(stateDir, 'kubelet'), '--config', config],
      ...['--root-dir', join(stateDir, 'kubelet'), '--hostname-override', nodeName, '--node-ip', network.nodeAddress],
      ...(labels.length > 0 ? ['--node-labels', labels.join(',')] : []),
    ],
    stateDir,
    env: options.env,
    netns: network.apart?.netns,
  });
}

function kubeletConfig({ stateDir, network, node }: KubeletOptions) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.nodeAddress,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pkiFile(stateDir, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pkiFile(stateDir, 'kubelet.crt'),
    tlsPrivateKeyFile: pkiFile(stateDir, 'kubelet.key'),
    containerRuntimeEndpoint: `unix://${containerdSocket(stateDir)}`,
    // Kubelets that share this folder remove each other's logs.
    podLogsDir: join(stateDir, 'pod-logs'),
    // Only the last of rotated logs is shown, and tests look at all of 100 MB.
    containerLogMaxSize: '200Mi',
    containerLogMaxFiles: 2,
    volumePluginDir: join(stateDir, 'volume-plugins'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${network.bridge}`,
    enforceNodeAllocatable: [],
    ...(node.allocatableCpu !== undefined && {
      kubeReserved: { cpu: reservedCpu(node.allocatableCpu, cpus().length) },
    }),
    failSwapOn: false,
    failCgroupV1: false,
    makeIPTablesUtilChains: false,
    serializeImagePulls: false,
    // The machine's disk may well be nearly full; that is no matter of these tests.
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '50Mi' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  };
}

/** What to reserve of a machine's cores so that `allocatable` remains. Throws when the machine has less than that. */
export function reservedCpu(allocatable: string, cores: number): string {
  const millis = allocatable.endsWith('m') ? Number(allocatable.slice(0, -1)) : 1000 * Number(allocatable);
  const reserved = 1000 * cores - millis;
  if (!(Number.isInteger(reserved) && reserved >= 0)) {
    throw new Error(`a node with ${allocatable} CPU cannot be made on a machine with ${cores} cores`);
  }
  return `${reserved}m`;
}

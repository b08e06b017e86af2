import { fileURLToPath } from 'node:url';
import { type Binaries, pathOf } from './binaries.ts';
import type { Kubectl } from './kubectl.ts';
import { kubeconfigFile } from './pki.ts';
import { startProcess } from './processes.ts';
import type { OwnedProcess } from './state.ts';

/** A node that only the API server knows; its pods run for their annotation `sim/duration` (see stages.yaml). */
export type SimulatedNode = {
  readonly name: string;
  readonly cpu: string;
  /** 64Gi unless told. */
  readonly memory?: string;
  /** Pod slots; 110 unless told. */
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** Extended resources, such as `{'nvidia.com/gpu': '2'}`. */
  readonly extended?: Readonly<Record<string, string>>;
};

export type SimulatedNodes = { readonly kind: 'simulated'; readonly nodes: readonly SimulatedNode[] };

/** Only nodes that carry it, and the pods on them, are played. */
const MARK = { name: 'kwok.x-k8s.io/node', value: 'fake' };

export type KwokOptions = { readonly stateDir: string; readonly binaries: Binaries; readonly env: NodeJS.ProcessEnv };

/** Starts the player of simulated nodes; the API server must be ready. */
export function startKwok({ stateDir, binaries, env }: KwokOptions): Promise<OwnedProcess> {
  const args = [
    ...['--kubeconfig', kubeconfigFile(stateDir, 'kwok')],
    ...['--config', fileURLToPath(new URL('stages.yaml', import.meta.url))],
    ...['--manage-nodes-with-annotation-selector', `${MARK.name}=${MARK.value}`],
    ...['--node-lease-duration-seconds', '40'],
  ];
  return startProcess({ name: 'kwok', command: pathOf(binaries, 'kwok'), args, stateDir, env });
}

/** Creates the nodes and waits until they are ready. */
export async function addSimulatedNodes(nodes: readonly SimulatedNode[], kubectl: Kubectl): Promise<void> {
  if (nodes.length === 0) return;
  const list = { apiVersion: 'v1', kind: 'List', items: nodes.map(nodeManifest) };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(list) });
  const names = nodes.map(({ name }) => `node/${name}`);
  await kubectl(['wait', '--for=condition=Ready', '--timeout=60s', ...names], { timeout: 65_000 });
}

/** The object of a simulated node. Pure. */
export function nodeManifest({ name, cpu, memory = '64Gi', pods = 110, labels, taints, extended }: SimulatedNode) {
  const room = { cpu, memory, pods: `${pods}`, ...extended };
  const usual = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { [MARK.name]: MARK.value }, labels: { ...usual, ...labels } },
    spec: { taints: taints ?? [] },
    status: { capacity: room, allocatable: room },
  };
}

/** Builders of hub objects for the tests of this room: sensible defaults, last word to the caller. */
import type {
  Cluster,
  NodePoolObservation,
  NodeRoom,
  NodeShape,
  PodDecision,
  PodDelegation,
  PodObservation,
} from '../api/index.ts';
import { Snapshot } from './snapshot/snapshot.ts';

export const cluster = (name: string, spec: Partial<Cluster['spec']> = {}, labels = {}): Cluster => ({
  metadata: { name, labels, generation: 1 },
  spec: { roles: ['Source', 'Target'], accept: { sources: ['*'], namespaces: ['*'] }, ...spec },
});

export const node = (name: string, room: Record<string, string>, more: Partial<NodeRoom> = {}): NodeRoom => ({
  name,
  room: { memory: '8Gi', pods: '110', ...room },
  ready: true,
  ...more,
});

export const pool = (member: string, nodes: NodeRoom[], shape: Partial<NodeShape> = {}): NodePoolObservation => ({
  metadata: { name: 'pool', namespace: `berth-${member}` },
  spec: { shapes: [{ labels: {}, allocatable: { cpu: '8', memory: '8Gi', pods: '110' }, nodes, ...shape }] },
});

export const observation = (
  source: string,
  uid: string,
  spec: Partial<PodObservation['spec']> = {},
): PodObservation => ({
  metadata: {
    ...{ name: uid, namespace: `berth-${source}`, uid: `of-${uid}`, resourceVersion: '1', generation: 1 },
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { pod: { namespace: 'default', name: uid, uid }, requests: { cpu: '1', pods: '1' }, priority: 0, ...spec },
});

export const decision = (source: string, uid: string, spec: Partial<PodDecision['spec']>): PodDecision => ({
  metadata: { name: uid, namespace: `berth-${source}`, uid: `decision-${uid}`, resourceVersion: '7' },
  spec: { pod: { namespace: 'default', name: uid, uid }, attempt: 1, ...spec },
});

export const delegation = (
  [source, target]: [string, string],
  uid: string,
  more: { spec?: Partial<PodDelegation['spec']>; status?: PodDelegation['status'] } = {},
): PodDelegation => ({
  metadata: { name: `${uid}-${more.spec?.attempt ?? 1}`, namespace: `berth-${source}--${target}` },
  spec: {
    ...{ pod: { namespace: 'default', name: uid, uid }, source, target, attempt: 1, manifest: '' },
    ...{ delegate: { namespace: 'default', name: `d-${uid}` }, desired: 'Run' as const },
    ...more.spec,
  },
  ...(more.status && { status: more.status }),
});

export const refused = (message: string): PodDelegation['status'] => ({
  conditions: [{ type: 'Refused', status: 'True', reason: 'DelegateRefused', message }],
});

/** A snapshot of online clusters that accept everybody, with nodes of so many cores: `{a: [4, 4], b: [2]}`. */
export function fleet(cores: Record<string, number[]>): Snapshot {
  const snapshot = new Snapshot();
  for (const [name, nodes] of Object.entries(cores)) {
    snapshot.applyCluster(name, cluster(name));
    snapshot.setOnline(name, true);
    const rooms = nodes.map((cpu, index) => node(`${name}-${index}`, { cpu: String(cpu) }));
    snapshot.applyPool(name, 'pool', pool(name, rooms));
  }
  return snapshot;
}

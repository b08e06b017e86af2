/** What the scheduler knows of the hub: one store per kind, with only what it reads. */
import type {
  Cluster,
  ClusterObservation,
  KubeObject,
  Lease,
  NodePoolObservation,
  PodDecision,
  PodDelegation,
  PodObservation,
} from '../api/index.ts';
import { HEARTBEAT_LEASE, MANAGED_BY, pairNamespace } from '../api/index.ts';
import { type ApiClient, type Log, Store, startReflector } from '../kube/index.ts';
import { memberOf, pairOf } from './snapshot/namespaces.ts';
import { trimDelegation, trimMeta } from './trim.ts';

export interface Stores {
  clusters: Store<Cluster>;
  leases: Store<Lease>;
  clusterobservations: Store<ClusterObservation>;
  nodepoolobservations: Store<NodePoolObservation>;
  podobservations: Store<PodObservation>;
  poddecisions: Store<PodDecision>;
  poddelegations: Store<PodDelegation>;
  namespaces: Store<KubeObject>;
  rolebindings: Store<KubeObject>;
}

const namespaceOf = ({ metadata }: KubeObject): string[] => [metadata.namespace ?? ''];
const byNamespace = { indexers: { namespace: namespaceOf } };

/** Namespace of the pair in which a decision asks for a delegation. */
function decidedPair({ metadata, spec }: PodDecision): string[] {
  const source = memberOf(metadata.namespace);
  return source === undefined || spec.target === undefined ? [] : [pairNamespace(source, spec.target)];
}

/** Both members of the pair that a binding is about. */
function membersOfPair({ metadata }: KubeObject): string[] {
  const pair = pairOf(metadata.namespace);
  return pair === undefined ? [] : [...new Set([pair.source, pair.target])];
}

export const createStores = (): Stores => ({
  clusters: new Store(),
  leases: new Store(),
  clusterobservations: new Store<ClusterObservation>(byNamespace),
  nodepoolobservations: new Store<NodePoolObservation>(byNamespace),
  podobservations: new Store(),
  poddecisions: new Store<PodDecision>({ indexers: { pair: decidedPair } }),
  poddelegations: new Store<PodDelegation>(byNamespace),
  namespaces: new Store(),
  rolebindings: new Store<KubeObject>({ indexers: { member: membersOfPair } }),
});

export interface ReflectOptions {
  hub: ApiClient;
  log: Log;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
}

/** Keeps all stores true to the hub until the signal; resolves when the last reflector has ended. */
export async function reflectAll(stores: Stores, { hub: client, ...o }: ReflectOptions): Promise<void> {
  const managed = Object.entries(MANAGED_BY).map(([key, value]) => `${key}=${value}`);
  await Promise.all([
    startReflector({ client, ...o, resource: 'clusters', store: stores.clusters }),
    startReflector({
      ...{ client, ...o, resource: 'leases', store: stores.leases },
      fieldSelector: `metadata.name=${HEARTBEAT_LEASE}`,
    }),
    startReflector({ client, ...o, resource: 'clusterobservations', store: stores.clusterobservations }),
    startReflector({ client, ...o, resource: 'nodepoolobservations', store: stores.nodepoolobservations }),
    startReflector({ client, ...o, resource: 'podobservations', store: stores.podobservations }),
    startReflector({ client, ...o, resource: 'poddecisions', store: stores.poddecisions }),
    startReflector({ client, ...o, resource: 'poddelegations', store: stores.poddelegations, trim: trimDelegation }),
    startReflector({ client, ...o, resource: 'namespaces', store: stores.namespaces, trim: trimMeta }),
    startReflector({
      ...{ client, ...o, resource: 'rolebindings', store: stores.rolebindings, trim: trimMeta },
      labelSelector: managed.join(','),
    }),
  ]);
}

/** Resolves when every store has taken in its first list; rejects when the signal fires before. */
export async function whenAllSynced(stores: Stores, signal: AbortSignal): Promise<void> {
  await Promise.all(
    Object.values(stores).map((store: { whenSynced(s: AbortSignal): Promise<void> }) => store.whenSynced(signal)),
  );
}

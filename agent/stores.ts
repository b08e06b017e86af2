/** What an agent keeps in memory of its cluster and of its part of the hub. */
import {
  type Cluster,
  type ConfigMap,
  DELEGATE,
  type KubeEvent,
  memberNamespace,
  NAMESPACE_CLAIMS,
  type Node,
  type Pod,
  type PodDecision,
  type PodDelegation,
  type PodObservation,
  pairNamespace,
  resultOwner,
  SYSTEM_NAMESPACE,
  type WorkflowTaskResult,
} from '../api/index.ts';
import {
  type ApiClient,
  type Log,
  type Reflectors,
  Store,
  sleep,
  startReflector,
  startReflectors,
} from '../kube/index.ts';
import { trimEvent } from './target/warnings.ts';
import { trimPod } from './trim.ts';

export interface AgentStores {
  /** Every pod of the cluster; index `uid`, and for delegates `proxyUid` and `delegatesIn` (by namespace). */
  pods: Store<Pod>;
  nodes: Store<Node>;
  /** Warnings about delegates; index `about` (the pod's UID). */
  events: Store<KubeEvent>;
  /** Of Argo steps, those that delegates wrote; index `reporter` (the proxy's UID). */
  results: Store<WorkflowTaskResult>;
  observations: Store<PodObservation>;
  decisions: Store<PodDecision>;
  /** Of every pair with this cluster in it; index `name` (the proxy's UID). */
  delegations: Store<PodDelegation>;
  /** The member's own `Cluster` only. */
  self: Store<Cluster>;
  /** Which source has which namespace of this cluster: one object. */
  claims: Store<ConfigMap>;
}

const byName = { name: ({ metadata }: { metadata: { name: string } }) => [metadata.name] };

export const createStores = (): AgentStores => ({
  pods: new Store<Pod>({
    indexers: {
      uid: ({ metadata }) => [metadata.uid ?? ''],
      proxyUid: ({ metadata }) => {
        const uid = metadata.annotations?.[DELEGATE.proxyUid];
        return uid === undefined ? [] : [uid];
      },
      delegatesIn: ({ metadata }) =>
        metadata.labels?.[DELEGATE.source] === undefined ? [] : [metadata.namespace ?? ''],
    },
  }),
  nodes: new Store<Node>(),
  events: new Store<KubeEvent>({ indexers: { about: ({ involvedObject }) => [involvedObject.uid ?? ''] } }),
  results: new Store<WorkflowTaskResult>({
    indexers: { reporter: ({ metadata }) => [resultOwner(metadata.name)?.uid ?? ''] },
  }),
  observations: new Store<PodObservation>({ indexers: byName }),
  decisions: new Store<PodDecision>({ indexers: byName }),
  delegations: new Store<PodDelegation>({ indexers: byName }),
  self: new Store<Cluster>(),
  claims: new Store<ConfigMap>(),
});

export interface FeedOptions {
  cluster: string;
  home: ApiClient;
  hub: ApiClient;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export interface Feeds {
  /** False until what the pair with this target shares is known. */
  knowsPair: (target: string) => boolean;
  /** The same of the namespace of any pair with this cluster. */
  hasListed: (namespace: string) => boolean;
  /** Resolves when all pairs of the member are listed, or after some seconds: one that cannot be read must not stop all. */
  whenPairsListed: (signal: AbortSignal) => Promise<void>;
  stopped: Promise<void>;
}

const PAIRS_PATIENCE_MS = 5_000;
const POLL_MS = 20;

/** Lists and watches into the stores until the signal aborts. Pairs come and go with the member's own `Cluster`. */
export function feedStores(stores: AgentStores, options: FeedOptions): Feeds {
  const { cluster, home, hub, signal, log, random, now } = options;
  const common = { signal, log, random, now };
  const own = { client: hub, namespace: memberNamespace(cluster), ...common };
  const pairs: Reflectors = startReflectors({
    client: hub,
    resource: 'poddelegations',
    namespaces: [],
    store: stores.delegations,
    ...common,
  });
  const follow = () => pairs.setNamespaces(pairNamespaces(cluster, stores.self.get(cluster)));
  const unfollow = stores.self.subscribe(follow);
  const stopped = Promise.all([
    startReflector({ client: home, resource: 'pods', store: stores.pods, trim: trimPod, ...common }),
    startReflector({ client: home, resource: 'nodes', store: stores.nodes, ...common }),
    feedWarnings(stores, options),
    startReflector({
      ...{ client: home, resource: 'workflowtaskresults', store: stores.results, ...common },
      trim: (result) => (resultOwner(result.metadata.name) === undefined ? undefined : result),
    }),
    startReflector({
      ...{ client: home, resource: 'configmaps', namespace: SYSTEM_NAMESPACE, store: stores.claims, ...common },
      fieldSelector: `metadata.name=${NAMESPACE_CLAIMS}`,
    }),
    startReflector({ resource: 'podobservations', store: stores.observations, ...own }),
    startReflector({ resource: 'poddecisions', store: stores.decisions, ...own }),
    startReflector({
      client: hub,
      resource: 'clusters',
      fieldSelector: `metadata.name=${cluster}`,
      store: stores.self,
      ...common,
    }),
  ]);
  return {
    knowsPair: (target) => pairs.hasListed(pairNamespace(cluster, target)),
    hasListed: (namespace) => pairs.hasListed(namespace),
    whenPairsListed: async (aborted) => {
      const all = pairNamespaces(cluster, stores.self.get(cluster));
      const end = now() + PAIRS_PATIENCE_MS;
      while (now() < end && ![...all].every((namespace) => pairs.hasListed(namespace))) await sleep(POLL_MS, aborted);
    },
    stopped: stopped.then(() => unfollow()),
  };
}

/** Once the pods are known: an Event says whom it is about by the UID only. */
async function feedWarnings({ pods, events: store }: AgentStores, options: FeedOptions): Promise<void> {
  const { home: client, signal, log, random, now } = options;
  await pods.whenSynced(signal).catch(() => undefined);
  const isDelegate = (uid: string) => pods.by('uid', uid)[0]?.metadata.labels?.[DELEGATE.source] !== undefined;
  await startReflector({
    ...{ client, signal, log, random, now, store },
    resource: 'events',
    fieldSelector: 'type=Warning,involvedObject.kind=Pod',
    trim: (event) => trimEvent(event, isDelegate),
  });
}

function pairNamespaces(cluster: string, self: Cluster | undefined): Set<string> {
  const { sources = [], targets = [] } = self?.status ?? {};
  return new Set([
    ...targets.map((target) => pairNamespace(cluster, target)),
    ...sources.map((source) => pairNamespace(source, cluster)),
  ]);
}

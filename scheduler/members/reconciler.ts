/** Heartbeats, status, namespaces and access of members: the only writer of Cluster.status. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Cluster,
  HEARTBEAT_LEASE,
  type Lease,
  memberNamespace,
  type PodDecision,
  pairNamespace,
} from '../../api/index.ts';
import { type Controller, type Log, type Runner, startController } from '../../kube/index.ts';
import { refusesSource } from '../place/accept.ts';
import { memberOf, pairOf } from '../snapshot/namespaces.ts';
import type { Stores } from '../stores.ts';
import type { Pair } from './access.ts';
import { Heartbeats } from './heartbeats.ts';
import { planMember } from './plan.ts';
import { twinOf } from './twins.ts';

export interface MembersOptions {
  stores: Stores;
  run: Runner;
  /** Told of every member looked at, before anything is written. */
  onLiveness: (member: string, online: boolean) => void;
  log: Log;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
}

export interface Members {
  /** Begins; the stores must be synced. Everybody's liveness is told before it returns. */
  start(): void;
  stopped: Promise<void>;
}

/** Subscribes to the stores at once; writes nothing before `start`. */
export function createMembers(o: MembersOptions): Members {
  const { stores, now } = o;
  const heartbeats = new Heartbeats();
  const writtenAt = new Map<string, number>();
  const online = new Map<string, boolean>();
  let started = false;

  const look = (name: string) => {
    const heartbeat = heartbeats.of(name, now());
    const cluster = stores.clusters.get(name);
    const takesPart = cluster !== undefined && twinOf(cluster, stores.clusters.values()) === undefined;
    const isOnline = takesPart && heartbeat.liveness === 'Fresh';
    o.onLiveness(name, isOnline);
    if (online.get(name) === isOnline) return heartbeat;
    online.set(name, isOnline);
    // Sources show it on their virtual nodes.
    for (const other of stores.clusters.keys()) if (other !== name) controller.enqueue(other);
    return heartbeat;
  };
  const reconcile = async (name: string, signal: AbortSignal) => {
    const { liveness, staleInMs } = look(name);
    const cluster = stores.clusters.get(name);
    if (cluster === undefined) {
      writtenAt.delete(name);
      return;
    }
    const plan = planMember({
      ...gather(stores, cluster),
      liveness,
      staleInMs,
      isOnline: (other) => heartbeats.of(other, now()).liveness === 'Fresh',
      writtenAt: writtenAt.get(name),
      now: now(),
    });
    await o.run(plan.actions, signal);
    if (plan.actions.some((action) => action.do === 'patch')) writtenAt.set(name, now());
    return { wakeAfterMs: plan.wakeAfterMs };
  };
  // One worker: two members of a pair would both create its namespace.
  const controller = startController({ name: 'members', workers: 1, reconcile, ...o });
  const observe = (lease: Lease, isThere: boolean) => {
    const member = memberOf(lease.metadata.namespace);
    if (member === undefined || lease.metadata.name !== HEARTBEAT_LEASE) return;
    const { liveness } = heartbeats.of(member, now());
    heartbeats.observe(member, isThere ? lease : undefined, now(), !started && wasStale(stores.clusters.get(member)));
    if (liveness !== 'Fresh' || !isThere) controller.enqueue(member);
  };
  subscribe(stores, controller, () => started, observe);

  return {
    start() {
      for (const lease of stores.leases.values()) observe(lease, true);
      started = true;
      for (const { metadata } of stores.clusters.values()) {
        look(metadata.name);
        controller.enqueue(metadata.name);
      }
    },
    stopped: controller.stopped,
  };
}

function subscribe(
  stores: Stores,
  controller: Controller,
  isStarted: () => boolean,
  observe: (lease: Lease, isThere: boolean) => void,
): void {
  const touch = (name: string | undefined) => {
    if (isStarted() && name !== undefined) controller.enqueue(name);
  };
  const touchAll = () => {
    for (const { metadata } of stores.clusters.values()) touch(metadata.name);
  };
  stores.clusters.subscribe(({ key, old, now }) => {
    // Whom a cluster accepts and what it may be concerns every pair with it.
    if (old?.metadata.generation === now?.metadata.generation && old && now) touch(key);
    else touchAll();
    if (now === undefined) touch(key);
  });
  stores.leases.subscribe(({ old, now }) => {
    const lease = now ?? old;
    if (isStarted() && lease !== undefined) observe(lease, now !== undefined);
  });
  stores.nodepoolobservations.subscribe(({ old, now }) => touch(memberOf((now ?? old)?.metadata.namespace)));
  stores.clusterobservations.subscribe(({ old, now }) => {
    // Its sources are told where its agent is reached.
    if (!isDeepStrictEqual(old?.spec.streams, now?.spec.streams)) touchAll();
    else touch(memberOf((now ?? old)?.metadata.namespace));
  });
  // The last of a pair that is not allowed any more ends the pair; a decision that was under way begins it again.
  const touchFormer = (pair: Pair | undefined) => {
    if (pair === undefined || isAllowed(stores, pair)) return;
    touch(pair.source);
    touch(pair.target);
  };
  stores.poddelegations.subscribe(({ old, now }) => {
    if (old === undefined || now === undefined) touchFormer(pairOf((now ?? old)?.metadata.namespace));
  });
  stores.poddecisions.subscribe(({ old, now }) => {
    for (const decision of [old, now]) touchFormer(decision && pairDecided(decision));
  });
  // Only what someone took away must be made again.
  for (const store of [stores.namespaces, stores.rolebindings])
    store.subscribe(({ now }) => {
      if (now === undefined) touchAll();
    });
}

function pairDecided({ metadata, spec }: PodDecision): Pair | undefined {
  const source = memberOf(metadata.namespace);
  return source === undefined || spec.target === undefined ? undefined : { source, target: spec.target };
}

function isAllowed({ clusters }: Stores, { source, target }: Pair): boolean {
  const spec = clusters.get(target)?.spec;
  return spec !== undefined && refusesSource(source, clusters.get(source)?.spec, spec) === undefined;
}

const wasStale = (cluster: Cluster | undefined): boolean =>
  cluster?.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'HeartbeatStale') ?? false;

/** All pairs that the member could have, with whoever is or was registered. */
function knownPairs({ clusters, rolebindings }: Stores, name: string): Pair[] {
  const bound = rolebindings.by('member', name).map(({ metadata }) => pairOf(metadata.namespace));
  const others = new Set([...clusters.values()].map(({ metadata }) => metadata.name));
  for (const pair of bound) if (pair !== undefined) others.add(pair.source).add(pair.target);
  others.delete(name);
  return [
    { source: name, target: name },
    ...[...others].flatMap((other) => [
      { source: other, target: name },
      { source: name, target: other },
    ]),
  ];
}

function gather(stores: Stores, cluster: Cluster) {
  const namespace = memberNamespace(cluster.metadata.name);
  return {
    cluster,
    clusters: [...stores.clusters.values()],
    kubernetesVersion: stores.clusterobservations.by('namespace', namespace)[0]?.spec.kubernetesVersion,
    directOf: (name: string) => stores.clusterobservations.by('namespace', memberNamespace(name))[0]?.spec.streams,
    pools: stores.nodepoolobservations.by('namespace', namespace),
    existing: {
      namespace: (name: string) => stores.namespaces.get(name) !== undefined,
      roleBinding: (key: string) => stores.rolebindings.get(key)?.metadata.uid,
    },
    known: knownPairs(stores, cluster.metadata.name),
    inUse: ({ source, target }: Pair) => {
      const shared = pairNamespace(source, target);
      return stores.poddelegations.by('namespace', shared).length + stores.poddecisions.by('pair', shared).length > 0;
    },
  };
}

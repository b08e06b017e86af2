/** What the hub should hold for a member: access, and the status of its Cluster. Pure. */
import {
  type Action,
  type Amounts,
  addAmounts,
  type Cluster,
  type ClusterStatus,
  type Direct,
  type NodePoolObservation,
  type Plan,
  pairNamespace,
  type Reason,
  rfc3339,
  toAmounts,
  toResourceList,
} from '../../api/index.ts';
import { refusesSource } from '../place/accept.ts';
import { memberOf } from '../snapshot/namespaces.ts';
import { accessActions, type Existing, type Pair, revocations } from './access.ts';
import type { Liveness } from './heartbeats.ts';
import { twinOf } from './twins.ts';

export interface MemberState {
  cluster: Cluster;
  /** All registered clusters, this one included. */
  clusters: Cluster[];
  liveness: Liveness;
  staleInMs?: number | undefined;
  /** Whether the agent of a cluster reports. */
  isOnline: (cluster: string) => boolean;
  kubernetesVersion: string | undefined;
  /** Where the agent of a cluster is reached without the relay, as it says. */
  directOf: (cluster: string) => Direct | undefined;
  pools: NodePoolObservation[];
  existing: Existing;
  /** Pairs with this cluster that may have been allowed once. */
  known: Pair[];
  /** Whether a delegation of the pair is on the hub, or a decision asks for one. */
  inUse: (pair: Pair) => boolean;
  /** When the status was last written by us; milliseconds. */
  writtenAt: number | undefined;
  now: number;
}

const ROOM_INTERVAL_MS = 2_000;

const READY: Record<Liveness, Reason> = {
  Fresh: { reason: 'HeartbeatFresh', message: 'The agent reports.' },
  Stale: { reason: 'HeartbeatStale', message: 'No heartbeat of the agent for 40 s.' },
  Missing: { reason: 'HeartbeatMissing', message: 'The agent has never reported.' },
};

/** True if the cluster may be a member at all: its name must make namespaces that are nobody else's. */
export const isMember = ({ metadata: { name } }: Cluster): boolean => memberOf(`berth-${name}`) !== undefined;

/**
 * Access first, so that no agent is told of a pair that it cannot reach; what is taken back last. A pair that is not
 * allowed any more gets no further decision, and its target refuses new delegates, but both serve what runs: the pair
 * goes when nothing of it is left.
 */
export function planMember(state: MemberState): Plan {
  const { cluster, existing } = state;
  const valid = isMember(cluster);
  const twin = twinOf(cluster, state.clusters);
  const allowed = valid && twin === undefined ? pairsOf(cluster, state.clusters) : [];
  const now = new Set(allowed.map(keyOf));
  const former = state.known.filter((pair) => !now.has(keyOf(pair)));
  const pairs = [...allowed, ...former.filter(state.inUse)];
  const actions = valid ? accessActions(cluster.metadata.name, pairs, existing) : [];
  const over = former.filter((pair) => !state.inUse(pair));
  const status = planStatus(state, statusOf(state, pairs, standing(state, valid, twin)));
  const wake = [state.staleInMs, status.wakeAfterMs].filter((ms) => ms !== undefined);
  return {
    actions: [...actions, ...status.actions, ...revocations(over, existing)],
    reasons: [],
    ...(wake.length > 0 && { wakeAfterMs: Math.min(...wake) }),
  };
}

const keyOf = ({ source, target }: Pair): string => pairNamespace(source, target);

/** All pairs with this cluster in them; it may be both halves of one. */
function pairsOf(cluster: Cluster, clusters: Cluster[]): Pair[] {
  const allowed = (source: Cluster, target: Cluster) =>
    refusesSource(source.metadata.name, source.spec, target.spec) === undefined;
  const pair = (source: Cluster, target: Cluster): Pair => ({
    source: source.metadata.name,
    target: target.metadata.name,
  });
  const members = clusters.filter((each) => isMember(each) && twinOf(each, clusters) === undefined);
  const others = members.filter(({ metadata }) => metadata.name !== cluster.metadata.name);
  return [
    ...members.filter((source) => allowed(source, cluster)).map((source) => pair(source, cluster)),
    ...others.filter((target) => allowed(cluster, target)).map((target) => pair(cluster, target)),
  ];
}

function standing({ cluster: { metadata }, liveness }: MemberState, valid: boolean, twin: string | undefined): Reason {
  if (!valid) return { reason: 'InvalidClusterName', message: `${metadata.name} cannot name a member.` };
  if (twin === undefined) return READY[liveness];
  return { reason: 'SameCluster', message: `It is the same cluster as ${twin}, and takes no part under this name.` };
}

function statusOf(state: MemberState, pairs: Pair[], { reason, message }: Reason): ClusterStatus {
  const { cluster, pools, kubernetesVersion, now } = state;
  const { name, generation } = cluster.metadata;
  const status = reason === 'HeartbeatFresh' ? 'True' : 'False';
  const before = cluster.status?.conditions?.find(({ type }) => type === 'Ready');
  const lastTransitionTime = (before?.status === status && before.lastTransitionTime) || rfc3339(now);
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const targets = pairs
    .filter(({ source }) => source === name)
    .map(({ target }) => target)
    .sort();
  return {
    ...observed,
    conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime, ...observed }],
    sources: pairs
      .filter(({ target }) => target === name)
      .map(({ source }) => source)
      .sort(),
    targets,
    offlineTargets: targets.filter((target) => !state.isOnline(target)),
    ...directTargets(state, targets),
    ...roomOf(pools),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
  };
}

function directTargets({ cluster, directOf }: MemberState, targets: string[]): Pick<ClusterStatus, 'directTargets'> {
  const direct = targets.flatMap((name) => {
    const at = directOf(name);
    return at === undefined ? [] : [{ name, ...at }];
  });
  // In a merge patch an empty list takes the former one away.
  return direct.length === 0 && cluster.status?.directTargets === undefined ? {} : { directTargets: direct };
}

/** Room as reported, without Berth's delegates: what is decided would change it with every pod. */
function roomOf(pools: NodePoolObservation[]): { room: Record<string, string>; nodes: number } {
  const nodes = pools.flatMap(({ spec }) => spec.shapes.flatMap((shape) => shape.nodes));
  const sum: Amounts = {};
  for (const { room, ready, cordoned } of nodes) if (ready && !cordoned) addAmounts(sum, toAmounts(room));
  return { room: toResourceList(sum), nodes: nodes.length };
}

/** Room may wait for two seconds, all else is written at once. */
function planStatus(
  { cluster, writtenAt, now }: MemberState,
  wanted: ClusterStatus,
): Pick<Plan, 'actions' | 'wakeAfterMs'> {
  const before = cluster.status ?? {};
  if (same(before, wanted)) return { actions: [] };
  const { room, nodes } = before;
  const due = (writtenAt ?? Number.NEGATIVE_INFINITY) + ROOM_INTERVAL_MS;
  if (now < due && same({ ...wanted, room, nodes }, { ...before, room, nodes }))
    return { actions: [], wakeAfterMs: due - now };
  // In a merge patch only null takes a field away.
  const gone = Object.fromEntries(Object.keys(room ?? {}).map((resource) => [resource, null]));
  const body = { status: { ...wanted, room: { ...gone, ...wanted.room } } };
  const { name } = cluster.metadata;
  const action: Action = {
    do: 'patch',
    at: 'hub',
    resource: 'clusters',
    name,
    type: 'merge',
    subresource: 'status',
    body,
  };
  return { actions: [action] };
}

const same = (a: object, b: object): boolean => canonical(a) === canonical(b);

/** JSON with sorted keys: the API server returns them in its own order. */
const canonical = (value: object): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** The delegates of this cluster: the only writer of delegate pods and of the status of delegations. */
import {
  type Cluster,
  type ConfigMap,
  DELEGATE,
  isTerminal,
  type KubeEvent,
  NAMESPACE_CLAIMS,
  type Pod,
  type PodDelegation,
  pairNamespace,
  resultOwner,
  SYSTEM_NAMESPACE,
  type WorkflowTaskResult,
} from '../../api/index.ts';
import {
  type ApiClient,
  type Controller,
  keyOf,
  type Log,
  type Runner,
  type Store,
  startController,
} from '../../kube/index.ts';
import { readBundle } from '../follow/ask.ts';
import type { House } from './accept.ts';
import { act } from './act.ts';
import { findDelegate, findResult } from './ask.ts';
import { AWAIT_MS, needsCopies } from './copies.ts';
import { isDelegateOf, isMadeFor } from './delegate-pod.ts';
import { INHERITED_IN_FLIGHT_MS, type Memory, recall, see } from './memory.ts';
import { planDelegate } from './plan.ts';
import { type DelegateState, delegationKeyOf, isForTarget } from './state.ts';
import { grantedBy } from './task-result.ts';
import { warningsOf } from './warnings.ts';

export interface TargetOptions {
  /** The cluster in which this agent runs. */
  cluster: string;
  home: ApiClient;
  hub: ApiClient;
  /** All pods of the cluster (see trim.ts), with indexes `uid`, `proxyUid` and `delegatesIn` (by namespace). */
  pods: Store<Pod>;
  /** Warnings of the cluster about delegates, with index `about` (the pod's UID). */
  events: Store<KubeEvent>;
  /** What delegates of Argo steps have reported. */
  results: Store<WorkflowTaskResult>;
  /** The member's own `Cluster`. */
  self: Store<Cluster>;
  /** Which source has which namespace; our writes to it are seen here at once. */
  claims: Store<ConfigMap>;
  /** Of every pair with this cluster in it. */
  delegations: Store<PodDelegation>;
  /** False until what a pair's namespace holds is known. */
  hasListed: (namespace: string) => boolean;
  /** Writes to both, with the results in the two stores. */
  act: Runner;
  /** How long a delegate may wait for a node before it is withdrawn. */
  noNodeAfterMs?: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

const NO_NODE_AFTER_MS = 30_000;
/** A delegation may be late in the cache, when its pair has only just become known. */
const ORPHAN_AFTER_MS = 60_000;

/** How long a right that we gave is taken to be there still: whoever took it away sees it come back. */
const GRANT_LASTS_MS = 600_000;

/** What is kept between two looks, all of which may be lost with the process. */
interface Kept {
  /** By the delegation's key. */
  memories: Map<string, Memory>;
  /** When service accounts (`namespace/name`) were given the right to report results. */
  granted: Map<string, number>;
}

/** Serves delegations, by key `namespace/name`, until the signal aborts. */
export function startTarget(options: TargetOptions): Controller {
  const { cluster, pods, delegations, signal, log, now, random } = options;
  const kept: Kept = { memories: new Map(), granted: new Map() };
  const { memories } = kept;
  const inheritedUntil = now() + INHERITED_IN_FLIGHT_MS;
  // Whoever led before us may have died over a create that is still on its way.
  const inherit = (key: string) => Object.assign(memoryOf(memories, key), { inheritedUntil });
  const controller = startController({
    name: 'target',
    reconcile: (key, aborted) => reconcile(options, kept, key, aborted),
    signal,
    log,
    now,
    random,
  });
  const unsubscribe = [
    pods.subscribe(({ old, now: pod }) => {
      const known = pod ?? old;
      const key = known && delegationKeyOf(known, cluster);
      if (known === undefined || key === undefined) return;
      const delegation = delegations.get(key);
      if (pod === undefined && delegation !== undefined && isDelegateOf(known, delegation))
        Object.assign(memoryOf(memories, key), { last: known, removed: true });
      controller.enqueue(key);
    }),
    delegations.subscribe(({ key, old, now: delegation }) => {
      const namespace = delegation?.metadata.namespace ?? '';
      if (old === undefined && delegation !== undefined && !options.hasListed(namespace)) inherit(key);
      controller.enqueue(key);
    }),
    options.results.subscribe(({ old, now: result }) => {
      const owner = resultOwner((result ?? old)?.metadata.name ?? '');
      if (owner !== undefined) controller.enqueue(`${pairNamespace(owner.source, cluster)}/${owner.uid}`);
    }),
    options.events.subscribe(({ now: event }) => {
      const [pod] = pods.by('uid', event?.involvedObject.uid ?? '');
      const key = pod && delegationKeyOf(pod, cluster);
      if (key !== undefined) controller.enqueue(key);
    }),
  ];
  for (const delegation of delegations.values()) {
    inherit(keyOf(delegation));
    controller.enqueue(keyOf(delegation));
  }
  for (const pod of pods.values()) {
    const key = delegationKeyOf(pod, cluster);
    if (key !== undefined) controller.enqueue(key);
  }
  const stopped = controller.stopped.then(() => {
    for (const stop of unsubscribe) stop();
  });
  return { ...controller, stopped };
}

function memoryOf(memories: Map<string, Memory>, key: string): Memory {
  const known = memories.get(key);
  if (known !== undefined) return known;
  const memory: Memory = { removed: false };
  memories.set(key, memory);
  return memory;
}

async function reconcile(options: TargetOptions, { memories, granted }: Kept, key: string, signal: AbortSignal) {
  await Promise.all([options.pods.whenSynced(signal), options.delegations.whenSynced(signal)]);
  const delegation = options.delegations.get(key);
  if (delegation === undefined) return withoutDelegation(options, memories, key);
  if (!isForTarget(delegation, options.cluster)) return {};
  const memory = memoryOf(memories, key);
  delete memory.orphanSince;
  const state = await gather(options, memory, granted, delegation, signal);
  const plan = planDelegate(state);
  const { reasons, ...wake } = await act(plan, { delegation, memory, run: options.act, now: state.now, signal });
  for (const account of plan.actions.map(grantedBy)) if (account !== undefined) granted.set(account, state.now);
  for (const { reason, message } of reasons) options.log.info({ key, reason }, message);
  const awaits = state.followers === undefined && needsCopies(state.pod, state, memory);
  const retryAt = memory.refusedCopies?.until;
  const times = [
    wake.wakeAfterMs,
    awaits ? AWAIT_MS : undefined,
    retryAt === undefined ? undefined : retryAt - state.now,
  ];
  return { wakeAfterMs: earliest(times) };
}

/** The first of some waits in milliseconds, none of which is over yet; undefined if there is none. */
function earliest(waits: (number | undefined)[]): number | undefined {
  const left = waits.filter((wait) => wait !== undefined).filter((wait) => wait >= 0);
  return left.length === 0 ? undefined : Math.min(...left);
}

async function gather(
  options: TargetOptions,
  memory: Memory,
  granted: Kept['granted'],
  delegation: PodDelegation,
  signal: AbortSignal,
): Promise<DelegateState> {
  const { cluster, noNodeAfterMs = NO_NODE_AFTER_MS } = options;
  const asked = { ...options, memory, delegation, signal, now: options.now() };
  const { pod, hadRun } = await findDelegate(asked);
  const result = await findResult(asked, pod);
  const followers = needsCopies(pod, asked, memory) ? await readBundle(options.hub, delegation, signal) : undefined;
  const now = options.now();
  const known = pod ?? memory.last;
  const warnings = known && warningsOf(delegation.status?.warnings, seen(options, memory, known), now);
  if (pod !== undefined) see(memory, pod, delegation, { warnings, result, now });
  return {
    cluster,
    house: houseOf(options, granted, now),
    delegation,
    ...(pod !== undefined && { pod }),
    ...(pod === undefined && findStray(options.pods, delegation)),
    ...recall(memory, delegation, pod !== undefined),
    hadRun,
    ...(result !== undefined && { result }),
    ...(followers !== undefined && { followers }),
    ...(warnings !== undefined && warnings.length > 0 && { warnings }),
    others: otherDelegates(options.pods, delegation),
    noNodeAfterMs,
    now,
  };
}

function findStray(pods: Store<Pod>, delegation: PodDelegation): { stray?: Pod } {
  const { namespace, name } = delegation.spec.delegate;
  const pod = pods.get(`${namespace}/${name}`);
  return pod !== undefined && isMadeFor(pod, delegation) && !isDelegateOf(pod, delegation) ? { stray: pod } : {};
}

/** The target's Events about the delegate, and what was refused to its owner, of which nobody else makes one. */
function seen({ events }: TargetOptions, { refusedAmendments, refusedCopies }: Memory, pod: Pod): KubeEvent[] {
  const about = { metadata: pod.metadata, involvedObject: {} };
  return [
    ...events.by('about', pod.metadata.uid ?? ''),
    ...(refusedAmendments ? [{ ...about, reason: 'AmendmentRefused', message: refusedAmendments.message }] : []),
    ...(refusedCopies ? [{ ...about, reason: 'CopyRefused', message: refusedCopies.message }] : []),
  ];
}

const houseOf = ({ cluster, self, claims, pods }: TargetOptions, granted: Kept['granted'], now: number): House => ({
  cluster,
  self: self.get(cluster),
  claims: claims.get(`${SYSTEM_NAMESPACE}/${NAMESPACE_CLAIMS}`)?.data ?? {},
  delegatesIn: (namespace) => pods.by('delegatesIn', namespace),
  mayReport: (account) => now - (granted.get(account) ?? Number.NEGATIVE_INFINITY) < GRANT_LASTS_MS,
  podOf: (uid) => pods.by('uid', uid)[0],
});

/** Names of delegates of the same proxy, but of other attempts, that have not ended. */
const otherDelegates = (pods: Store<Pod>, { spec }: PodDelegation): string[] =>
  pods
    .by('proxyUid', spec.pod.uid)
    .filter(({ metadata, status }) => metadata.labels?.[DELEGATE.source] === spec.source && !isTerminal(status))
    .filter(({ metadata }) => metadata.namespace === spec.delegate.namespace)
    .map(keyOf)
    .filter((key) => key !== `${spec.delegate.namespace}/${spec.delegate.name}`);

/** Only `desired: Gone` means delete: a delegate whose delegation is missing stays, and somebody has to know. */
function withoutDelegation(options: TargetOptions, memories: Map<string, Memory>, key: string) {
  const { pods, cluster, now, log } = options;
  const uid = key.slice(key.indexOf('/') + 1);
  const orphans = pods.by('proxyUid', uid).filter((pod) => delegationKeyOf(pod, cluster) === key);
  if (orphans.length === 0) {
    memories.delete(key);
    return {};
  }
  const memory = memoryOf(memories, key);
  memory.orphanSince ??= now();
  const left = memory.orphanSince + ORPHAN_AFTER_MS - now();
  if (left > 0) return { wakeAfterMs: left };
  if (!memory.orphanTold)
    log.error({ key, pods: orphans.map(keyOf) }, 'delegate without a delegation on the hub: kept');
  memory.orphanTold = true;
  return {};
}

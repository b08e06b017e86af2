/** The delegates of this cluster: the only writer of delegate pods and of the status of delegations. */
import { type PodDelegation, pairNamespace, resultOwner, type WorkflowTaskResult } from '../../api/index.ts';
import { type Controller, keyOf, type Log, type Runner, type Store, startController } from '../../kube/index.ts';
import { act } from './act.ts';
import { AWAIT_MS, needsCopies } from './copies.ts';
import { isDelegateOf } from './delegate-pod.ts';
import { type Granted, gather, type Sources } from './gather.ts';
import { INHERITED_IN_FLIGHT_MS, type Memory } from './memory.ts';
import { planDelegate } from './plan.ts';
import { delegationKeyOf, isForTarget } from './state.ts';
import { grantedBy, removeResult } from './task-result.ts';

export interface TargetOptions extends Sources {
  /** Of every pair with this cluster in it. */
  delegations: Store<PodDelegation>;
  /** False until what a pair's namespace holds is known. */
  hasListed: (namespace: string) => boolean;
  /** Writes to both, with the results in the two stores. */
  act: Runner;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

/** A delegation may be late in the cache, when its pair has only just become known. */
const ORPHAN_AFTER_MS = 60_000;

/** What is kept between two looks, all of which may be lost with the process. */
interface Kept {
  /** By the delegation's key. */
  memories: Map<string, Memory>;
  granted: Granted;
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
      const key = reporterOf(result ?? old, cluster);
      if (key !== undefined) controller.enqueue(key);
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

/** Key of the delegation whose delegate writes this result. */
function reporterOf(result: WorkflowTaskResult | undefined, cluster: string): string | undefined {
  const owner = resultOwner(result?.metadata.name ?? '');
  return owner && `${pairNamespace(owner.source, cluster)}/${owner.uid}`;
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
  if (delegation === undefined) return withoutDelegation(options, memories, key, signal);
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

/**
 * Only `desired: Gone` means delete: a delegate whose delegation is missing stays, and somebody has to know. A result that
 * an executor managed to write when its delegate was being killed has nobody who would remove it, so we do.
 */
async function withoutDelegation(
  options: TargetOptions,
  memories: Map<string, Memory>,
  key: string,
  signal: AbortSignal,
) {
  const { pods, cluster, now, log } = options;
  const uid = key.slice(key.indexOf('/') + 1);
  const orphans = pods.by('proxyUid', uid).filter((pod) => delegationKeyOf(pod, cluster) === key);
  const results = options.results.by('reporter', uid).filter((result) => reporterOf(result, cluster) === key);
  const late = orphans.length === 0 ? results : [];
  if (orphans.length === 0 && late.length === 0) {
    memories.delete(key);
    return {};
  }
  const memory = memoryOf(memories, key);
  memory.orphanSince ??= now();
  const left = memory.orphanSince + ORPHAN_AFTER_MS - now();
  if (left > 0) return { wakeAfterMs: left };
  await options.act(late.map(removeResult), signal);
  if (!memory.orphanTold && orphans.length > 0)
    log.error({ key, pods: orphans.map(keyOf) }, 'delegate without a delegation on the hub: kept');
  memory.orphanTold = true;
  return {};
}

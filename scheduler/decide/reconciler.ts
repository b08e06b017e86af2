/** Observations in, decisions out: the only writer of PodDecisions and of PodObservation.status. */
import type { Action, KubeObject, PodDecision, PodObservation } from '../../api/index.ts';
import {
  ActionError,
  type ApiClient,
  backoff,
  isAlreadyExists,
  isConflict,
  isNotFound,
  isTransient,
  keyOf,
  type Log,
  type Runner,
  startController,
} from '../../kube/index.ts';
import {
  type Change,
  enterCluster,
  enterDecision,
  enterDelegation,
  enterObservation,
  enterPool,
} from '../snapshot/enter.ts';
import { Ledger } from '../snapshot/ledger.ts';
import type { PodState } from '../snapshot/pod.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Stores } from '../stores.ts';
import { planDecided, planWaiting, saysWaiting } from './plan.ts';
import { Pump } from './pump.ts';

export interface DecideOptions {
  hub: ApiClient;
  stores: Stores;
  snapshot: Snapshot;
  run: Runner;
  log: Log;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
}

export interface Decider {
  /** Begins to decide; everything there is must have been entered before. */
  start(): void;
  /** Looks again: something changed in the snapshot. */
  nudge(): void;
  /** Resolves after the signal, when the last write has ended. */
  stopped: Promise<void>;
}

/** What this scheduler remembers of a pod that waits. */
interface Patience {
  since: number;
  writtenAt?: number;
  failures: number;
}

/** Telling why pods wait must not take the hub's time from decisions. */
const STATUS_WORKERS = 4;

/** Subscribes to the stores at once, so that nothing is missed; decides nothing before `start`. */
export function createDecider(o: DecideOptions): Decider {
  const { snapshot, stores, now, signal } = o;
  const ledger = new Ledger(snapshot);
  const patience = new Map<string, Patience>();
  const writes = new Set<Promise<void>>();
  let started = false;
  let scheduled = false;
  let timer: NodeJS.Timeout | undefined;

  const nudge = () => {
    if (!started || scheduled || signal.aborted) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      pump.pump();
    });
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(nudge, ms);
  };
  const touch = (pod: PodState | undefined) => {
    if (pod === undefined || !started) return;
    pump.touch(pod);
    nudge();
  };
  const write = (pod: PodState, action: Action) => {
    const writing = writeDecision(o, pod, action).then((ok) => {
      pump.settled(pod);
      const known = patience.get(pod.key);
      if (ok && pod.decision?.spec.target !== undefined) decided(pod);
      else if (ok) touch(pod);
      else if (known) waiting.enqueueAfter(pod.key, backoff(known.failures++, { ...RETRY, random: o.random }));
      writes.delete(writing);
      nudge();
    });
    writes.add(writing);
  };
  const decided = ({ key, observation }: PodState) => {
    patience.delete(key);
    if (observation !== undefined && saysWaiting(observation)) waiting.enqueue(key);
  };
  const tell = (key: string, afterMs: number) => {
    if (!patience.has(key)) patience.set(key, { since: now(), failures: 0 });
    waiting.enqueueAfter(key, afterMs);
  };
  const pump = new Pump({ snapshot, ledger, now, later, write, tell });
  const waiting = startController({
    ...{ name: 'waiting', signal, log: o.log, now, random: o.random, workers: STATUS_WORKERS },
    reconcile: (key, signal) => reconcile(key, signal),
  });

  async function reconcile(key: string, signal: AbortSignal) {
    const pod = ledger.get(key);
    // Also after a failed write, and when a cluster that was passed over may be asked again.
    touch(pod);
    const known = patience.get(key);
    const why = pump.why(key);
    const target = pod?.decision?.spec.target;
    if (pod?.observation === undefined || (target !== undefined && why === undefined)) {
      patience.delete(key);
      const actions = pod?.observation && target ? planDecided(pod.observation, target, now()) : [];
      await o.run(actions, signal).catch(ignoreNotFound);
      return;
    }
    if (why === undefined || known === undefined) return;
    const { observation } = pod;
    const state = { observation, ...why, since: known.since, writtenAt: known.writtenAt };
    const plan = planWaiting({ ...state, waiting: pump.waiting, now: now() });
    await o.run(plan.actions, signal).catch(ignoreNotFound);
    if (plan.actions.length > 0) known.writtenAt = now();
    return { wakeAfterMs: plan.wakeAfterMs };
  }

  stores.clusters.subscribe((change) => {
    enterCluster(snapshot, change);
    nudge();
  });
  stores.nodepoolobservations.subscribe((change) => {
    enterPool(snapshot, change);
    nudge();
  });
  const entered = (pod: PodState | undefined, change: Change<KubeObject>) =>
    pod === undefined ? tellIgnored(o.log, change) : touch(pod);
  stores.podobservations.subscribe((change) => entered(enterObservation(ledger, change), change));
  stores.poddecisions.subscribe((change) => entered(enterDecision(ledger, change), change));
  stores.poddelegations.subscribe((change) => entered(enterDelegation(ledger, change), change));

  return {
    start() {
      started = true;
      for (const pod of ledger.pods()) {
        pump.touch(pod);
        if (pod.decision?.spec.target !== undefined) decided(pod);
      }
      nudge();
    },
    nudge,
    stopped: waiting.stopped.then(async () => {
      clearTimeout(timer);
      await Promise.all(writes);
    }),
  };
}

/** What is in no member's or pair's namespace nobody of ours wrote. */
function tellIgnored(log: Log, { old, now }: Change<KubeObject>): void {
  if (old !== undefined || now === undefined) return;
  const { namespace, name } = now.metadata;
  log.warn({ namespace, name }, 'ignored: this namespace belongs to no member and no pair');
}

const RETRY = { baseMs: 200, maxMs: 10_000 };

/** The pod was taken back meanwhile. */
function ignoreNotFound(error: unknown): void {
  if (!(error instanceof ActionError && isNotFound(error.cause))) throw error;
}

/** True if the hub now knows a decision about this attempt: ours, or the one that won. */
async function writeDecision(o: DecideOptions, pod: PodState, action: Action) {
  const { run, hub, stores, log, signal } = o;
  try {
    if (pod.undecided && (await isTakenBack(o, pod))) return true;
    await run([action], signal);
    return true;
  } catch (error) {
    const cause = error instanceof ActionError ? error.cause : error;
    if (isAlreadyExists(cause) || isConflict(cause)) return readDecision(hub, stores, pod, signal);
    if (signal.aborted) return false;
    const level = isTransient(cause) ? 'info' : 'warn';
    log[level]({ pod: pod.key, err: cause }, 'a decision could not be written, trying again');
    return false;
  }
}

/**
 * Two watches are not ordered among each other: that a decision went may be known before that its observation did, and
 * to decide then would make a decision about nothing, for the garbage collector.
 */
async function isTakenBack({ hub, stores, signal }: DecideOptions, { observation }: PodState): Promise<boolean> {
  if (observation === undefined) return true;
  const { namespace, name, uid = '' } = observation.metadata;
  const fieldSelector = `metadata.name=${name}`;
  const { items } = await hub.list<PodObservation>('podobservations', { namespace, fieldSelector, signal });
  if (items.some(({ metadata }) => metadata.uid === uid)) return false;
  stores.podobservations.forget(keyOf(observation), uid);
  return true;
}

async function readDecision(hub: ApiClient, stores: Stores, pod: PodState, signal: AbortSignal): Promise<boolean> {
  const namespace = pod.observation?.metadata.namespace;
  try {
    stores.poddecisions.observe(
      await hub.get<PodDecision & KubeObject>('poddecisions', pod.uid, { namespace, signal }),
    );
    return true;
  } catch {
    // Gone again, or the hub is: the pod comes again after the backoff.
    return false;
  }
}

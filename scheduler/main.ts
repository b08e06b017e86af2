/** The scheduler: the only component that sees the whole fleet. Everything is composed here. */
import { type ApiClient, createRunner, type Log } from '../kube/index.ts';
import { createDecider } from './decide/reconciler.ts';
import { createMembers } from './members/reconciler.ts';
import { Snapshot } from './snapshot/snapshot.ts';
import { createStores, reflectAll, whenAllSynced } from './stores.ts';

export interface SchedulerOptions {
  /** The hub, as the scheduler's own identity. */
  hub: ApiClient;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  /** From 0 to 1, for jitter. */
  random: () => number;
  /** Ends the scheduler. */
  signal: AbortSignal;
}

export interface Scheduler {
  /** Resolves when the hub is known and decisions are made; rejects if the scheduler ends before. */
  ready: Promise<void>;
  /** Resolves when everything has ended, after the signal or `stop`. */
  stopped: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the scheduler and does not wait for the hub. Several may run: of two decisions the hub takes one. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const { hub, log, now, random } = options;
  const o = { hub, log, now, random, signal };
  const stores = createStores();
  const snapshot = new Snapshot();
  const run = createRunner({ home: hub, hub, stores: { hub: stores }, log });
  const decider = createDecider({ ...o, stores, snapshot, run });
  const onLiveness = (member: string, online: boolean) => {
    snapshot.setOnline(member, online);
    decider.nudge();
  };
  const members = createMembers({ ...o, stores, run, onLiveness });
  const reflecting = reflectAll(stores, o);
  const ready = whenAllSynced(stores, signal).then(() => {
    members.start();
    decider.start();
    log.info({ clusters: stores.clusters.size, waiting: stores.podobservations.size }, 'scheduler ready');
  });
  // Whoever waits for it learns of a failure; nobody has to wait.
  ready.catch(() => undefined);
  const stopped = Promise.all([reflecting, decider.stopped, members.stopped]).then(() => undefined);
  return {
    ready,
    stopped,
    stop: () => {
      ending.abort();
      return stopped;
    },
  };
}

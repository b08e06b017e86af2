/** Runs a reconcile function over keys, many at once, but never two for one key. */
import { ApiError, ConnectionError, isConflict, retryAfter } from './errors.ts';
import type { Log } from './log.ts';
import { WorkQueue } from './queue.ts';
import { ActionError } from './runner.ts';
import type { Timers } from './time.ts';

/** Reconcile the key again after so long, even if nothing changes. */
export interface Wake {
  wakeAfterMs?: number | undefined;
}

export interface ControllerOptions {
  /** For logs. */
  name: string;
  /** A queue of one's own, for tests or for controllers that share one. */
  queue?: WorkQueue;
  /** Keys worked on at once; 16 if left out. */
  workers?: number;
  /** Brings the object of the key to what it should be, whatever happened before. */
  reconcile: (key: string, signal: AbortSignal) => Promise<Wake | undefined> | Promise<void>;
  signal: AbortSignal;
  log: Log;
  now: () => number;
  random: () => number;
  timers?: Timers;
}

export interface Controller {
  enqueue(key: string): void;
  enqueueAfter(key: string, ms: number): void;
  /** True if nothing runs or could run now; wake-ups and retries that are not due do not count. */
  idle(): boolean;
  /** Resolves when the signal has fired and the last run has ended. */
  stopped: Promise<void>;
}

/** A conflict says that our caches are behind, by milliseconds as a rule. */
const CONFLICT_BASE = 25;

/** Starts the workers. A failing reconcile costs one retry of that one key, later each time. */
export function startController(o: ControllerOptions): Controller {
  const { timers } = o;
  const queue = o.queue ?? new WorkQueue({ now: o.now, random: o.random, ...(timers && { timers }) });
  const run = runner(o, queue);
  const work = async () => {
    while (!o.signal.aborted) {
      // Only the signal makes it reject.
      const key = await queue.take(o.signal).catch(() => undefined);
      if (key !== undefined) await run(key);
    }
  };
  return {
    enqueue: (key) => queue.add(key),
    enqueueAfter: (key, ms) => queue.addAfter(key, ms),
    idle: () => queue.busy === 0,
    stopped: Promise.all(Array.from({ length: o.workers ?? 16 }, work)).then(() => queue.close()),
  };
}

/** One run of a key: what comes of it goes to the queue, and a cause that is new for the key into the log. */
function runner(o: ControllerOptions, queue: WorkQueue) {
  const causes = new Map<string, string>();
  const fail = (key: string, error: unknown) => {
    const root = rootOf(error);
    const cause = causeOf(root);
    const conflict = isConflict(root);
    const level = causes.get(key) === cause || conflict ? 'debug' : 'warn';
    causes.set(key, cause);
    queue.retry(key, { atLeastMs: (retryAfter(root) ?? 0) * 1000, ...(conflict && { baseMs: CONFLICT_BASE }) });
    o.log[level]({ controller: o.name, key, err: error }, 'reconcile failed, trying again');
  };
  return async (key: string) => {
    try {
      const result = await o.reconcile(key, o.signal);
      queue.forget(key);
      causes.delete(key);
      if (result?.wakeAfterMs !== undefined) queue.addAfter(key, result.wakeAfterMs);
    } catch (error) {
      if (!o.signal.aborted) fail(key, error);
    } finally {
      queue.done(key);
    }
  };
}

/** What went wrong beneath the runner's account of it. */
const rootOf = (error: unknown): unknown => (error instanceof ActionError ? error.cause : error);

/** Alike for failures of one kind, although messages carry versions and times. */
function causeOf(root: unknown): string {
  if (root instanceof ApiError) return `${root.status} ${root.reason}`;
  if (root instanceof ConnectionError) return root.code;
  return root instanceof Error ? `${root.name} ${root.message}` : String(root);
}

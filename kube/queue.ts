/**
 * Keys that wait for a worker. A key is there once, however often it is added, and never with two workers: added while
 * it runs, it comes again afterwards. Retries come behind fresh work, yet one of five places is theirs.
 */
import { DelayedKeys } from './delayed.ts';
import { backoff, systemTimers, type Timers } from './time.ts';

export interface QueueOptions {
  now: () => number;
  random: () => number;
  timers?: Timers;
}

export interface RetryOptions {
  /** First wait; 200 ms if left out. */
  baseMs?: number;
  /** Not before this, whatever the backoff says. */
  atLeastMs?: number;
}

type Lane = 'fresh' | 'retry';

const RETRY_SHARE = 5;
const BASE = 200;
const MAX = 30_000;

export class WorkQueue {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #timers: Timers;
  readonly #ready = { fresh: new Set<string>(), retry: new Set<string>() };
  readonly #delayed = { fresh: new DelayedKeys(), retry: new DelayedKeys() };
  /** Keys with a worker, and the lane in which they come again, if they must. */
  readonly #running = new Map<string, Lane | undefined>();
  readonly #failures = new Map<string, number>();
  readonly #waiting = new Set<(key: string) => void>();
  #alarm: { at: number; timer: unknown } | undefined;
  #taken = 0;
  #closed = false;

  constructor(o: QueueOptions) {
    this.#now = o.now;
    this.#random = o.random;
    this.#timers = o.timers ?? systemTimers;
  }

  /** Keys that could run now or do run; delayed ones do not count. */
  get busy(): number {
    return this.#ready.fresh.size + this.#ready.retry.size + this.#running.size;
  }

  add(key: string): void {
    this.#put(key, 'fresh');
  }

  /** Adds the key in `ms`; of two delays the earlier holds. */
  addAfter(key: string, ms: number): void {
    this.#delayed.fresh.set(key, this.#now() + Math.max(0, ms));
    this.#arm();
  }

  /** After a failure: the key comes again, each time later (doubling up to 30 s, with jitter). */
  retry(key: string, o: RetryOptions = {}): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = backoff(failures, { baseMs: o.baseMs ?? BASE, maxMs: MAX, random: this.#random });
    this.#delayed.retry.set(key, this.#now() + Math.max(wait, o.atLeastMs ?? 0));
    this.#arm();
  }

  /** After a success: the next failure waits as the first one does. */
  forget(key: string): void {
    this.#failures.delete(key);
    this.#delayed.retry.delete(key);
  }

  /** The next key, as soon as there is one. Its taker owes a `done`. Rejects when the signal fires. */
  take(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiter = (key: string) => {
        signal.removeEventListener('abort', abort);
        resolve(key);
      };
      const abort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
      this.#dispatch();
    });
  }

  done(key: string): void {
    const again = this.#running.get(key);
    this.#running.delete(key);
    if (again !== undefined) this.#put(key, again);
  }

  /** Nothing is woken any more: a timer that waits would keep the process alive. */
  close(): void {
    this.#closed = true;
    if (this.#alarm !== undefined) this.#timers.clear(this.#alarm.timer);
  }

  #put(key: string, lane: Lane): void {
    if (this.#running.has(key)) {
      if (lane === 'fresh' || this.#running.get(key) === undefined) this.#running.set(key, lane);
      return;
    }
    if (lane === 'retry' && this.#ready.fresh.has(key)) return;
    if (lane === 'fresh') this.#ready.retry.delete(key);
    this.#ready[lane].add(key);
    this.#dispatch();
  }

  #dispatch(): void {
    for (const waiter of this.#waiting) {
      const key = this.#next();
      if (key === undefined) return;
      this.#waiting.delete(waiter);
      waiter(key);
    }
  }

  #next(): string | undefined {
    const { fresh, retry } = this.#ready;
    const turn = this.#taken % RETRY_SHARE === RETRY_SHARE - 1;
    const lane = (turn && retry.size > 0) || fresh.size === 0 ? retry : fresh;
    for (const key of lane) {
      lane.delete(key);
      this.#taken++;
      this.#running.set(key, undefined);
      // This run is the retry.
      this.#delayed.retry.delete(key);
      return key;
    }
    return undefined;
  }

  /** One timer, for the earliest of all delayed keys. */
  #arm(): void {
    const { fresh, retry } = this.#delayed;
    const at = Math.min(fresh.earliest() ?? Infinity, retry.earliest() ?? Infinity);
    if (this.#closed || at === Infinity || (this.#alarm !== undefined && this.#alarm.at <= at)) return;
    if (this.#alarm !== undefined) this.#timers.clear(this.#alarm.timer);
    this.#alarm = { at, timer: this.#timers.set(Math.max(0, at - this.#now()), () => this.#ring()) };
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#now();
    for (const key of this.#delayed.fresh.due(now)) this.#put(key, 'fresh');
    for (const key of this.#delayed.retry.due(now)) this.#put(key, 'retry');
    this.#arm();
  }
}

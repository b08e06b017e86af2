import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  readonly interval?: number;
};

/**
 * Waits until `check` returns true. A check that throws counts as "not yet", and its message is in the error
 * when the time (milliseconds) is over; a check that can never succeed throws a `Hopeless`.
 */
export async function waitUntil(check: () => Promise<boolean> | boolean, options: WaitOptions): Promise<void> {
  const deadline = performance.now() + options.timeout;
  let last = '';
  while (performance.now() < deadline) {
    options.signal?.throwIfAborted();
    try {
      if (await check()) return;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    await delay(options.interval ?? 100, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
  throw new Error(`${options.what}: not within ${options.timeout / 1000} s${last}`);
}

/** Waiting longer is of no use. */
export class Hopeless extends Error {}

/** Waits for all, then fails if one failed: what goes on behind a failure could not be cleaned up. */
export async function allEnded(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

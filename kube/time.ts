/** Timestamps, timers, waits: everything of time that needs no server. */

/** The seam for everything that waits: tests pass timers of their own. */
export interface Timers {
  /** Calls `run` once, `ms` from now. */
  set(ms: number, run: () => void): unknown;
  clear(timer: unknown): void;
}

export const systemTimers: Timers = {
  set: (ms, run) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Milliseconds since 1970 as MicroTime: the API server refuses a Lease with fewer than six digits. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** Resolves after `ms`; rejects with the signal's reason if that comes first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Wait before attempt `attempt` (from 0): doubles from `baseMs` to `maxMs`, half of it jitter. */
export function backoff(attempt: number, o: { baseMs: number; maxMs: number; random: () => number }): number {
  const full = Math.min(o.maxMs, o.baseMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * o.random();
}

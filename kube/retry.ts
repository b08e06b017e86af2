/** Which failures of a request may be tried again on the spot, and when. */
import { ApiError, ConnectionError, retryAfter } from './errors.ts';
import { backoff, sleep } from './time.ts';

const ATTEMPTS = 4;
const OVERLOADED = [502, 503, 504];

/**
 * True if the same request can be sent again without doing anything twice: always when the server turned it away (429)
 * or never saw it; for reads also when the answer was lost or the server is not well.
 */
export function mayRepeat(error: unknown, isRead: boolean): boolean {
  if (error instanceof ConnectionError) return isRead || !error.sent;
  if (!(error instanceof ApiError)) return false;
  return error.status === 429 || (isRead && OVERLOADED.includes(error.status));
}

/** Up to four attempts, waiting as the server asks (`Retry-After`) or 50 ms, 100 ms, 200 ms with jitter. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  o: { isRead: boolean; random: () => number; signal: AbortSignal },
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures + 1 >= ATTEMPTS || !mayRepeat(error, o.isRead)) throw error;
      const asked = (retryAfter(error) ?? 0) * 1000;
      const wait = backoff(failures, { baseMs: 100, maxMs: 1000, random: o.random });
      await sleep(asked + wait, o.signal);
    }
  }
}

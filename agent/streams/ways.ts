/** The ways to the agent of a target: directly, where it says how and there is a route; else over the relay. */
import type { Duplex } from 'node:stream';
import { type Direct, directAudience, RELAY } from '../../api/index.ts';
import type { Log } from '../../kube/index.ts';
import { type Connect, dialAt, type OpenAt } from './relay.ts';

/** A connection to the agent of this target; rejects with an ApiError that says why there is none, or with a ConnectionError. */
export type ConnectTo = (target: string, signal: AbortSignal) => Promise<Duplex>;

export interface WaysOptions {
  /** What the hub says of a target; undefined where only the relay leads there. */
  directOf: (target: string) => Direct | undefined;
  openAt: OpenAt;
  /** Over the relay. */
  connect: Connect;
  /** How long a direct way may take, in milliseconds; 2 s if left out. */
  patienceMs?: number;
  now: () => number;
  log: Log;
}

/** For so long the relay is taken after a direct way has failed: who waits for a stream should not wait for each. */
export const AVOID_MS = 30_000;
const PATIENCE_MS = 2_000;

/** Of the last failure on the way to a target. */
interface Failure {
  server: string;
  at: number;
}

/** Pure: whether to try the direct way, of which `failure` is the last that was seen. */
export const goesDirectly = (direct: Direct, failure: Failure | undefined, now: number): boolean =>
  failure === undefined || failure.server !== direct.server || now - failure.at >= AVOID_MS;

export function connectByWays(options: WaysOptions): ConnectTo {
  const { directOf, connect, now, log } = options;
  const failures = new Map<string, Failure>();
  return async (target, signal) => {
    const direct = directOf(target);
    if (direct === undefined || !goesDirectly(direct, failures.get(target), now()))
      return connect(RELAY.dial + target, signal);
    try {
      const connection = await dialDirectly(options, { target, direct }, signal);
      failures.delete(target);
      return connection;
    } catch (error) {
      if (signal.aborted) throw error;
      if (!failures.has(target))
        log.warn({ err: error, target, server: direct.server }, 'no direct way to a target: streams take the relay');
      failures.set(target, { server: direct.server, at: now() });
      return connect(RELAY.dial + target, signal);
    }
  };
}

/** The connection lives as long as `signal`, its making no longer than patience. */
async function dialDirectly(
  { openAt, patienceMs = PATIENCE_MS }: WaysOptions,
  { target, direct }: { target: string; direct: Direct },
  signal: AbortSignal,
): Promise<Duplex> {
  const late = new AbortController();
  const patience = setTimeout(() => late.abort(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
  const open = openAt(direct, directAudience(target));
  try {
    return await dialAt(open, { path: RELAY.dial + target, signal: AbortSignal.any([signal, late.signal]) });
  } finally {
    clearTimeout(patience);
  }
}

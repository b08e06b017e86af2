/** What the components' commands share: a log, an end by signal, credentials, one of several that works. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { SYSTEM_NAMESPACE, UserError } from '../api/index.ts';
import { type ApiClient, ApiError, type Leadership, runElected } from '../kube/index.ts';

export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** JSON lines on standard error. Where they cannot be written, that is said once on standard output, and work goes on. */
export const createLog = (level: string): Logger =>
  pino({ level, base: null, serializers: { err: briefly } }, { write: lineWriter() });

/** pino's own destinations wait for ever at the end of a process if the disk is full; this one drops the line. */
function lineWriter(): (line: string) => void {
  let told = false;
  return (line) => {
    try {
      writeSync(2, line);
    } catch (error) {
      if (told) return;
      told = true;
      const message = `the log: ${error instanceof Error ? error.message : String(error)}`;
      process.stdout.write(`${new UserError('CannotWrite', message).explain()}\n`);
    }
  };
}

/** What an API server answers needs no stack trace; a bug of ours does. */
const briefly = (error: Error) => (error instanceof ApiError ? error.message : pino.stdSerializers.err(error));

/** Calls `work` with a signal that fires at SIGINT or SIGTERM; to be called off by it is no failure. */
export async function untilAsked(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const asked = new AbortController();
  const end = () => asked.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    await work(asked.signal);
  } catch (error) {
    if (!asked.signal.aborted || error !== asked.signal.reason) throw error;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

export interface LeaderOptions {
  /** The API server with the Lease. */
  client: ApiClient;
  /** Name of the Lease in our system namespace. */
  lease: string;
  leaseSeconds: number;
  log: Logger;
  signal: AbortSignal;
}

/** Works while this process leads; says `standby` and `ready` on standard output, so that scripts can wait for it. */
export function leading(o: LeaderOptions, work: (leadership: Leadership) => Promise<void>): Promise<void> {
  const { client, lease, leaseSeconds, log, signal } = o;
  const identity = `${hostname()}_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  const candidate = { client, namespace: SYSTEM_NAMESPACE, name: lease, identity, leaseSeconds, log, signal };
  const clocks = { now: () => performance.timeOrigin + performance.now(), random: () => Math.random() };
  const onWaiting = (holder: string) => {
    log.info({ lease, holder }, 'another one leads');
    process.stdout.write('standby\n');
  };
  return runElected({ ...candidate, ...clocks, onWaiting }, work);
}

export const sayReady = (): boolean => process.stdout.write('ready\n');

/**
 * Keeps the process of a relay small. What it copies waits in buffers outside of V8's heap, and each is let go only when
 * its few bytes of heap are collected: with the young space of our other processes (docs/adr/0009-young-space.md) that is
 * after tens of megabytes. Both settings are of the process, so `berth up`, which does everything in one, has neither.
 */
import { setDefaultHighWaterMark } from 'node:stream';

/** Of Node; they cannot be set once the process runs. */
export const RELAY_FLAGS = ['--max-semi-space-size=1'];

/** Bytes of a stream that may wait in each connection; Node's default of 64 KiB costs four times the memory. */
const WAITING_BYTES = 16_384;

/** Goes on as the same process with these flags, if it has begun with others (execve(2)), and sets the rest. */
export function becomeSmall(): void {
  setDefaultHighWaterMark(false, WAITING_BYTES);
  const { execPath, execArgv, argv, env } = process;
  if (RELAY_FLAGS.every((flag) => execArgv.includes(flag))) return;
  // Of two such flags the later one counts. Not there on Windows, where a relay is larger than it need be.
  process.execve?.(execPath, [execPath, ...execArgv, ...RELAY_FLAGS, ...argv.slice(1)], env);
}

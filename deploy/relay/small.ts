/**
 * Keeps the process of a relay small. What it copies waits in buffers outside of V8's heap, and each is let go only when
 * its few bytes of heap are collected: with the young space of our other processes (docs/adr/0009-young-space.md) that is
 * after tens of megabytes, which the C library's heap then keeps. Each of the three settings alone is not enough
 * (docs/adr/0012-relay.md). They are of the process, so `berth up`, which does everything in one, has none of them.
 */
import { setDefaultHighWaterMark } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of Node; they cannot be set once the process runs. */
export const RELAY_FLAGS = ['--max-semi-space-size=1'];

/** Bytes of a stream that may wait in each connection; Node's default of 64 KiB costs four times the memory. */
const WAITING_BYTES = 16_384;

/** Young garbage is collected after so many copied bytes: a fraction of a millisecond for a few milliseconds of copying. */
const COLLECT_BYTES = 4 * 1_048_576;

/** Goes on as the same process with these flags, if it has begun with others (execve(2)). Returns what is to hear of bytes that were copied. */
export function becomeSmall(): (bytes: number) => void {
  const { execPath, execArgv, argv, env } = process;
  // Of two such flags the later one counts. Not there on Windows, where a relay is larger than it need be.
  if (!RELAY_FLAGS.every((flag) => execArgv.includes(flag)))
    process.execve?.(execPath, [execPath, ...execArgv, ...RELAY_FLAGS, ...argv.slice(1)], env);
  setDefaultHighWaterMark(false, WAITING_BYTES);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  let copied = 0;
  return (bytes) => {
    copied += bytes;
    if (copied < COLLECT_BYTES) return;
    copied = 0;
    collect({ type: 'minor' });
  };
}

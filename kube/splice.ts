/** Joins two connections. */
import type { Duplex } from 'node:stream';

/** How long a reader may take with what was on its way when the other side ended. */
const LINGER_MS = 60_000;

/**
 * Copies bytes both ways, as fast as the slower side takes them; resolves when both are closed. The end of one side
 * passes to the other behind all that came before it; one that breaks off breaks off the other.
 */
export async function splice(one: Duplex, other: Duplex, lingerMs = LINGER_MS): Promise<void> {
  const closed = Promise.all([closing(one, other, lingerMs), closing(other, one, lingerMs)]);
  one.pipe(other);
  other.pipe(one);
  await closed;
}

const closing = (one: Duplex, other: Duplex, lingerMs: number): Promise<void> =>
  new Promise((resolve) => {
    const close = () => {
      letGo(one, other, lingerMs);
      resolve();
    };
    // What broke is of no use to the other side, which cannot be told: it sees its own connection close.
    one.on('error', () => undefined);
    if (one.closed) close();
    else one.once('close', close);
  });

/**
 * A slow reader gets all that was sent before an orderly end. What it still says nobody hears, but it is read: a connection
 * that is closed with bytes unread is reset, and what was on its way to the reader is lost (RFC 1122, 4.2.2.13).
 */
function letGo(one: Duplex, other: Duplex, lingerMs: number): void {
  if (!one.readableEnded) {
    other.destroy();
    return;
  }
  other.resume();
  const linger = () => setTimeout(() => other.destroy(), lingerMs).unref();
  if (other.writableFinished) linger();
  else other.once('finish', linger);
}

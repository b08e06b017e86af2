/** Joins two connections. */
import type { Duplex } from 'node:stream';

/** How long one side may take to close, once the other is gone and it has sent all. */
const LINGER_MS = 5_000;

/**
 * Copies bytes both ways, as fast as the slower side takes them; resolves when both are closed. The end of one side
 * passes to the other behind all that came before it; one that breaks off breaks off the other.
 */
export async function splice(one: Duplex, other: Duplex): Promise<void> {
  const closed = Promise.all([closing(one, other), closing(other, one)]);
  one.pipe(other);
  other.pipe(one);
  await closed;
}

const closing = (one: Duplex, other: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const close = () => {
      letGo(one, other);
      resolve();
    };
    // What broke is of no use to the other side, which cannot be told: it sees its own connection close.
    one.on('error', () => undefined);
    if (one.closed) close();
    else one.once('close', close);
  });

/** A slow reader gets all that was sent before an orderly end. */
function letGo(one: Duplex, other: Duplex): void {
  if (!one.readableEnded) {
    other.destroy();
    return;
  }
  const linger = () => setTimeout(() => other.destroy(), LINGER_MS).unref();
  if (other.writableFinished) linger();
  else other.once('finish', linger);
}

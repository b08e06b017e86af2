/** Ctrl-C, once and again. */

/** npm passes on the signal that the terminal sent to us as well: two so close together are one. */
const SAME_MS = 500;

export interface Interruptible {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** Calls `first` at the first SIGINT or SIGTERM, `again` at every later one. Returns what ends that. */
export function onInterrupt(
  source: Interruptible,
  { first, again, now }: { first: () => void; again: () => void; now: () => number },
): () => void {
  let since: number | undefined;
  const listener = () => {
    if (since === undefined) {
      since = now();
      first();
    } else if (now() - since > SAME_MS) again();
  };
  source.on('SIGINT', listener);
  source.on('SIGTERM', listener);
  return () => {
    source.off('SIGINT', listener);
    source.off('SIGTERM', listener);
  };
}

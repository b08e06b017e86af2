/** Each virtual node has a port of its own: collectors of usage name a node by its address and port only. */

/** So many ports behind the first are tried; more targets than any fleet has. */
export const SPAN = 1000;

/**
 * Ports to try for one more node, in this order; other nodes or processes may listen on some of them. `first` is the port
 * of the first node, 0 if any will do; `shown` is what this node showed before: who has read that need not read again.
 */
export function portsToTry(first: number, shown?: number): number[] {
  const all =
    first === 0 ? [0] : Array.from({ length: SPAN }, (_, more) => first + more).filter((port) => port < 65_536);
  const isOurs = shown !== undefined && shown > 0 && (first === 0 || all.includes(shown));
  return isOurs ? [shown, ...all.filter((port) => port !== shown)] : all;
}

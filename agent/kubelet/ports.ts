/** Each virtual node has a port of its own: collectors of usage name a node by its address and port only. */

/** So many ports behind the first are tried; more targets than any fleet has. */
export const SPAN = 1000;

export interface PortsTaken {
  /** Port of the first node; 0 if any will do. */
  first: number;
  /** Of the nodes that have one. */
  used: ReadonlySet<number>;
  /** What this node showed before, if it did: who has read that need not read again. */
  shown?: number | undefined;
}

/** Ports to try for one more node, in this order; others may listen on some of them. 0 takes a free one. */
export function portsToTry({ first, used, shown }: PortsTaken): number[] {
  const all =
    first === 0 ? [0] : Array.from({ length: SPAN }, (_, more) => first + more).filter((port) => port < 65_536);
  const isOurs = shown !== undefined && shown > 0 && (first === 0 || all.includes(shown));
  return [...new Set(isOurs ? [shown, ...all] : all)].filter((port) => !used.has(port));
}

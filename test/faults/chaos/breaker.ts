/** Breaks one thing after the other, several at once, and heals each after a while; chosen by a seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { CALM, HARSH, type Means } from './breakages.ts';
import { between, pick } from './random.ts';

/** The signal stops the breaking. */
export type BreakerOptions = Means & {
  /** From then on requests fail, but nobody who leads goes: what a failed write left undone is no successor's to find. */
  readonly calm: AbortSignal;
  readonly log: (line: string) => void;
};

/** Milliseconds between two faults. */
const PAUSE = { from: 300, to: 1_500 };

/** Resolves after the signal to how many faults there were, when all are healed and every part runs. */
export async function breakThings(o: BreakerOptions): Promise<number> {
  const { parts, random, calm, signal, log } = o;
  const running: Promise<void>[] = [];
  while (!signal.aborted) {
    const part = pick(random, parts);
    const [kind, breakage] = pick(random, calm.aborted ? CALM : HARSH);
    running.push(breakage(part, o).then((how) => log(`${kind} ${part.name} ${how}`)));
    await delay(between(random, PAUSE.from, PAUSE.to), undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(running);
  for (const part of parts) {
    part.thaw();
    for (const proxy of part.proxies) proxy.clear();
    part.start();
  }
  return running.length;
}

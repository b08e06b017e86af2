/** What is there although no pod of a user is. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Ground, NAMESPACE } from './ground.ts';

/** Names of objects that are left when nothing is, or else when the signal fires. */
export async function countLeft(ground: Ground, signal: AbortSignal): Promise<string[]> {
  for (;;) {
    const left = await look(ground);
    if (left.length === 0 || signal.aborted) return left;
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

async function look({ source, target }: Ground): Promise<string[]> {
  const lists = await Promise.all([
    source.list('pods', { namespace: NAMESPACE }),
    source.list('podobservations'),
    source.list('poddecisions'),
    source.list('poddelegations'),
    target.list('pods', { namespace: NAMESPACE }),
  ]);
  const kinds = ['proxy', 'observation', 'decision', 'delegation', 'delegate'];
  return lists.flatMap(({ items }, index) => items.map(({ metadata }) => `${kinds[index]} ${metadata.name}`));
}

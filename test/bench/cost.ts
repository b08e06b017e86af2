/** What pods cost in writes, from their creation to their end and from their deletion to the last trace of them. */
import { waitUntil } from '../cluster/wait.ts';
import { type Ground, NAMESPACE } from './ground.ts';
import { deleteAll } from './pods.ts';
import { classify, type Writes } from './writes.ts';

export type Cost = { readonly pods: number; readonly life: Writes; readonly cleanUp: Writes };

const LIMIT = 60_000;

/**
 * Runs `work`, which creates proxies and waits until they have ended, then deletes them; `names` are theirs. What a
 * component writes late counts too: each half is over when nothing has been written for pods for a second.
 */
export async function costOf(
  ground: Ground,
  names: readonly string[],
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<Cost> {
  const begin = Date.now();
  await work();
  await quiet(ground, begin, signal);
  const deletion = Date.now();
  await deleteAll(ground.source, names, signal);
  await forgotten(ground, new Set(names), signal);
  await quiet(ground, deletion, signal);
  const writes = await ground.writes(begin);
  return {
    pods: names.length,
    life: classify(writes, begin, deletion),
    cleanUp: classify(writes, deletion, Date.now()),
  };
}

async function quiet({ writes }: Ground, since: number, signal: AbortSignal): Promise<void> {
  let before = -1;
  const unchanged = async () => {
    const { forPods, failed } = classify(await writes(since), since, Number.POSITIVE_INFINITY);
    const count = forPods.length + failed.length;
    const same = count === before;
    before = count;
    return same;
  };
  await waitUntil(unchanged, { what: 'nothing is written for pods any more', timeout: LIMIT, interval: 1000, signal });
}

/** Neither the hub knows of any pod, nor is there a delegate in the target or a proxy in the source. */
async function forgotten({ source, target }: Ground, names: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const gone = async () => {
    const [inSource, ...lists] = await Promise.all([
      source.client.list('pods', { namespace: NAMESPACE, signal }),
      source.client.list('podobservations', { signal }),
      source.client.list('poddecisions', { signal }),
      source.client.list('poddelegations', { signal }),
      target.client.list('pods', { namespace: NAMESPACE, signal }),
    ]);
    const proxies = inSource.items.filter(({ metadata }) => names.has(metadata.name));
    const left = [proxies.length, ...lists.map(({ items }) => items.length)];
    if (left.every((count) => count === 0)) return true;
    throw new Error(`proxies, observations, decisions, delegations, delegates left: ${left.join(', ')}`);
  };
  await waitUntil(gone, { what: 'no trace of the pods is left', timeout: LIMIT, interval: 250, signal });
}

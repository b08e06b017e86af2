import type { Pod } from '../api/index.ts';
import { type ApiClient, type Log, Store, startReflector } from '../kube/index.ts';

/** A watch that breaks is begun again; in a test nobody has to hear of that. */
const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A store that is kept true to the pods of a namespace until the signal; resolves when it holds those there are. */
export async function watchPods(client: ApiClient, namespace: string, signal: AbortSignal): Promise<Store<Pod>> {
  const store = new Store<Pod>();
  const options = { client, resource: 'pods', namespace, store, signal, log: QUIET } as const;
  // Its failures are retried for ever, so that waiting for the first list is all that can end with an error.
  void startReflector({ ...options, random: Math.random, now: Date.now });
  await store.whenSynced(signal);
  return store;
}

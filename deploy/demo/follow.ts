/** Watches the pods of all clusters at once. */
import type { Pod } from '../../api/index.ts';
import { type ApiClient, type Log, Store, startReflector } from '../../kube/index.ts';
import { NAMESPACE } from './workload.ts';

export interface Followed {
  cluster: string;
  pod: Pod;
}

export interface Follower {
  /** Calls back with the newest state of every pod, those that are there already included. Returns what ends that. */
  listen(listener: (followed: Followed) => void): () => void;
}

export interface FollowOptions {
  clients: readonly ApiClient[];
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Resolves when all pods that are there are known. The signal ends the watches. */
export async function followPods({ clients, log, signal }: FollowOptions): Promise<Follower> {
  const stores = clients.map((client) => ({ cluster: client.cluster, store: new Store<Pod>() }));
  for (const [index, client] of clients.entries()) {
    const store = stores[index]?.store;
    if (store === undefined) continue;
    startReflector({
      ...{ client, resource: 'pods', namespace: NAMESPACE, store, signal },
      ...{ log: troubleOnly(log, client.cluster), random: Math.random, now: Date.now },
    }).catch((error: unknown) => log(`${client.cluster}: no longer watched: ${error}`));
  }
  await Promise.all(stores.map(({ store }) => store.whenSynced(signal)));
  return {
    listen: (listener) => {
      for (const { cluster, store } of stores) for (const pod of store.values()) listener({ cluster, pod });
      const ends = stores.map(({ cluster, store }) =>
        store.subscribe(({ now }) => {
          if (now !== undefined) listener({ cluster, pod: now });
        }),
      );
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** Of a watch only its failures are news here. */
function troubleOnly(log: (line: string) => void, cluster: string): Log {
  const silent = () => undefined;
  const tell = (_fields: object, message: string) => log(`${cluster}: ${message}`);
  return { debug: silent, info: silent, warn: tell, error: tell };
}

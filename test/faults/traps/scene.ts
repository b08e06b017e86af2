/** One client before a fault proxy before a real API server, in a namespace of its own. */
import { inject, test as plainTest } from 'vitest';
import type { KubeObject } from '../../../api/index.ts';
import { createClient } from '../../../kube/client.ts';
import { credentialsFromKubeconfig } from '../../../kube/credentials.ts';
import { type ReflectorOptions, startReflector } from '../../../kube/reflector.ts';
import { Store } from '../../../kube/store.ts';
import { type Entry, silentLog } from '../../../kube/testing/silent-log.ts';
import type { ApiClient } from '../../../kube/types.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { credentialsOf, type ProxiedCluster, proxyTo } from '../proxy/access.ts';
import type { ProxyRequest } from '../proxy/faults.ts';
import type { FaultProxy } from '../proxy/proxy.ts';

/** By this name all of them are found. */
export const TRAPS = 'traps of Kubernetes clients in Node';

export interface Followed {
  readonly store: Store<KubeObject>;
  readonly log: Entry[];
}

export interface Scene {
  readonly namespace: string;
  readonly cluster: ProxiedCluster;
  readonly proxy: FaultProxy;
  /** Through the proxy; `random` is always 0. */
  readonly client: ApiClient;
  /** Past the proxy. */
  readonly direct: ApiClient;
  /** Creates a Lease of the namespace, past the proxy. */
  readonly put: (name: string) => Promise<KubeObject>;
  /** Starts a reflector of the namespace's Leases, and waits for its first list. */
  readonly follow: (options?: Partial<ReflectorOptions<KubeObject>>) => Promise<Followed>;
}

let scenes = 0;

export const test = plainTest.extend<{ scene: Scene }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs.
  scene: async ({}, use) => {
    const { kubeconfig } = inject('faults').cluster1;
    await using cluster = await proxyTo(kubeconfig);
    const client = clientOf(cluster);
    const direct = createClient({ ...COMMON, credentials: await credentialsFromKubeconfig(kubeconfig) });
    const stop = new AbortController();
    const ended: Promise<void>[] = [];
    const namespace = `trap-${process.pid}-${++scenes}`;
    await direct.create('namespaces', { metadata: { name: namespace } });
    const follow = async (options: Partial<ReflectorOptions<KubeObject>> = {}) => {
      const store = new Store<KubeObject>();
      const log = silentLog();
      const common = { resource: 'leases', namespace, random: () => 0, now: Date.now, signal: stop.signal } as const;
      ended.push(startReflector({ ...common, client, store, log, ...options }));
      await (options.store ?? store).whenSynced(AbortSignal.timeout(20_000));
      return { store, log: log.entries };
    };
    const put = (name: string) => direct.create('leases', { metadata: { name, namespace } });
    await use({ namespace, cluster, proxy: cluster.proxy, client, direct, put, follow });
    stop.abort();
    await Promise.all(ended);
    await Promise.all([client.close(), direct.close()]);
  },
});

const COMMON = { cluster: 'test', component: 'tests', random: () => 0 };

export const clientOf = (cluster: ProxiedCluster, options: { timeoutMs?: number; watchGraceMs?: number } = {}) =>
  createClient({ ...COMMON, credentials: credentialsOf(cluster), ...options });

/** The same client, but the server ends its watches after so many seconds. */
export const withShortWatches = (client: ApiClient, timeoutSeconds: number): ApiClient => ({
  ...client,
  watch: (resource, options) => client.watch(resource, { ...options, timeoutSeconds }),
});

export const isWatch = (request: ProxyRequest): boolean => request.isWatch;
export const isList = ({ method, isWatch, query }: ProxyRequest): boolean =>
  method === 'GET' && !isWatch && query.has('limit');

/** Waits until the check holds, 10 s at most unless told. */
export const soon = (what: string, check: () => boolean, timeout = 10_000): Promise<void> =>
  waitUntil(check, { what, timeout, interval: 20 });

export const watching = ({ proxy }: Scene): Promise<void> =>
  soon('one watch is open', () => proxy.watches.length === 1);

export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

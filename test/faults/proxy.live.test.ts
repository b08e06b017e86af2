import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KubeObject } from '../../api/index.ts';
import { createClient } from '../../kube/client.ts';
import { credentialsFromKubeconfig } from '../../kube/credentials.ts';
import { startReflector } from '../../kube/reflector.ts';
import { Store } from '../../kube/store.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import type { ApiClient } from '../../kube/types.ts';
import { kubeconfigOf, type ProxiedCluster, proxyTo } from './proxy/access.ts';

let cluster: ProxiedCluster;
let client: ApiClient;

beforeAll(async () => {
  cluster = await proxyTo(inject('faults').cluster1.kubeconfig);
  const credentials = await credentialsFromKubeconfig(kubeconfigOf(cluster, 'proxied'));
  client = createClient({ cluster: 'proxied', credentials, component: 'tests', random: Math.random });
});
afterAll(async () => {
  await client.close();
  await cluster[Symbol.asyncDispose]();
});

test('a real API server answers through the proxy, as to any client', async () => {
  const { proxy } = cluster;
  const named = (name: string) => ({ metadata: { name, namespace: 'default' } });
  const store = new Store<KubeObject>();
  const stop = new AbortController();
  const options = { resource: 'serviceaccounts', namespace: 'default', random: Math.random, now: Date.now } as const;
  const ended = startReflector({ client, store, log: silentLog(), signal: stop.signal, ...options });
  await store.whenSynced(AbortSignal.timeout(10_000));
  await expect.poll(() => proxy.watches).toHaveLength(1);
  await client.create('serviceaccounts', named('passed'));
  await expect.poll(() => store.get('default/passed')?.metadata.uid).toBeDefined();

  const [request] = proxy.watches;
  proxy.rule({ match: ({ method }) => method === 'POST', times: 1, fault: { kind: 'drop-after' } });
  await expect(client.create('serviceaccounts', named('dropped'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect.poll(() => store.get('default/dropped')?.metadata.uid).toBeDefined();
  expect(proxy.watches).toEqual([request]);

  await client.delete('serviceaccounts', 'passed', { namespace: 'default' });
  await expect.poll(() => store.get('default/passed')).toBeUndefined();
  stop.abort();
  await ended;
  await expect.poll(() => proxy.watches).toEqual([]);
});

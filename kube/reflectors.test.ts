import { expect, onTestFinished, test, vi } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { createClient } from './client.ts';
import { startReflectors } from './reflectors.ts';
import { Store } from './store.ts';
import { FakeApi } from './testing/fake-api.ts';
import { silentLog } from './testing/silent-log.ts';

async function setUp(namespaces: string[]) {
  const api = await FakeApi.start();
  for (const namespace of ['one', 'two', 'three']) api.put(namespace, 'a');
  const { credentials } = api.server;
  const client = createClient({ cluster: 'test', credentials, component: 'tests', random: () => 0 });
  const store = new Store<KubeObject>();
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await client.close();
    await api[Symbol.asyncDispose]();
  });
  const options = { client, resource: 'pods', store, log: silentLog(), now: () => performance.now() } as const;
  const reflectors = startReflectors({ ...options, namespaces, signal: stop.signal, random: () => 0 });
  return { api, store, reflectors };
}

const keys = (store: Store<KubeObject>) => [...store.values()].map(({ metadata }) => metadata.namespace).sort();

test('one store follows the namespaces as they come and go', async () => {
  const { api, store, reflectors } = await setUp(['one', 'two']);
  await store.whenSynced(AbortSignal.timeout(4000));
  expect(keys(store)).toEqual(['one', 'two']);
  reflectors.setNamespaces(['two', 'three']);
  expect(keys(store)).toEqual(['two']);
  await vi.waitFor(() => expect(keys(store)).toEqual(['three', 'two']));
  await vi.waitFor(() => expect(api.watches).toBe(2));
  api.put('one', 'b');
  api.put('three', 'b');
  await vi.waitFor(() => expect(keys(store)).toEqual(['three', 'three', 'two']));
  reflectors.setNamespaces(['one', 'three', 'two']);
  await vi.waitFor(() => expect(keys(store)).toEqual(['one', 'one', 'three', 'three', 'two']));
});

test('a store of no namespaces is synced at once', async () => {
  const { store } = await setUp([]);
  expect(store.synced).toBe(true);
});

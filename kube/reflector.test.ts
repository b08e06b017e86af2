import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { createClient } from './client.ts';
import { startReflector } from './reflector.ts';
import { Store } from './store.ts';
import { FakeApi } from './testing/fake-api.ts';
import { refuse } from './testing/http-server.ts';
import { silentLog } from './testing/silent-log.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

/** A reflector of pods in one namespace against a fake API server; `random` 0 makes its gaps 75 ms, 150 ms, … */
async function setUp(prepare: (api: FakeApi) => void = () => undefined, timeoutMs = 5000) {
  const api = await FakeApi.start();
  prepare(api);
  const { credentials } = api.server;
  const client = createClient({ cluster: 'test', credentials, component: 'tests', random: () => 0, timeoutMs });
  const store = new Store<KubeObject>();
  const log = silentLog();
  const stop = new AbortController();
  const changes: string[] = [];
  store.subscribe(({ key, old, now }) => changes.push(`${now ? (old ? '~' : '+') : '-'}${key}`));
  const options = { client, resource: 'pods', namespace: 'ns', store, log, now: () => performance.now() } as const;
  const ended = startReflector({ ...options, signal: stop.signal, random: () => 0 });
  cleanUp.push(async () => {
    stop.abort();
    await ended;
    await client.close();
    await api[Symbol.asyncDispose]();
  });
  return { api, store, log, changes, stop, ended };
}

const names = (store: Store<KubeObject>) => [...store.values()].map(({ metadata }) => metadata.name).sort();

/** Waits until the store holds exactly these. */
const holds = (store: Store<KubeObject>, ...expected: string[]) =>
  vi.waitFor(() => expect(names(store)).toEqual(expected), { timeout: 4000, interval: 5 });

const watching = (api: FakeApi, count = 1) =>
  vi.waitFor(() => expect(api.watches).toBe(count), { timeout: 4000, interval: 5 });

describe('a reflector', () => {
  test('lists page by page and then follows every change', async () => {
    const { api, store, changes } = await setUp((api) => {
      api.page = 2;
      for (const name of ['a', 'b', 'c', 'd', 'e']) api.put('ns', name);
      api.put('elsewhere', 'x');
    });
    await store.whenSynced(AbortSignal.timeout(4000));
    expect(names(store)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(api.lists).toBe(3);
    await watching(api);
    api.put('ns', 'f');
    api.put('ns', 'a');
    api.delete('ns', 'b');
    await holds(store, 'a', 'c', 'd', 'e', 'f');
    expect(changes.slice(5)).toEqual(['+ns/f', '~ns/a', '-ns/b']);
    expect(store.get('ns/a')?.metadata).not.toHaveProperty('managedFields');
  });

  test.each(['end', 'cut'] as const)('goes on where it was when a watch ends (%s)', async (how) => {
    const { api, store, changes } = await setUp((api) => api.put('ns', 'a'));
    await watching(api);
    api.closeWatches(how);
    api.put('ns', 'b');
    api.delete('ns', 'a');
    await holds(store, 'b');
    expect(changes).toEqual(['+ns/a', '+ns/b', '-ns/a']);
    // After a failure one small list makes sure that the server's history is still the one we know.
    expect(api.lists).toBe(how === 'end' ? 1 : 2);
  });

  test('does not storm a server that closes every watch at once', async () => {
    const { api } = await setUp((api) => {
      api.intercept = ({ query }, response) => query.has('watch') && Boolean(response.writeHead(200).end());
    });
    await vi.waitFor(() => expect(api.watchedAt).toHaveLength(5), { timeout: 4000 });
    const gaps = api.watchedAt.slice(1).map((at, index) => at - (api.watchedAt[index] ?? 0));
    for (const [index, least] of [75, 150, 300, 600].entries()) expect(gaps[index]).toBeGreaterThan(least - 5);
    expect(api.lists).toBe(1);
  });

  test('comes back quickly after a watch that told something', async () => {
    const { api, store } = await setUp((api) => api.put('ns', 'a'));
    for (const name of ['b', 'c', 'd', 'e']) {
      await watching(api);
      api.put('ns', name);
      await vi.waitFor(() => expect(store.get(`ns/${name}`)).toBeDefined(), { interval: 2 });
      api.closeWatches();
    }
    await watching(api);
    const gaps = api.watchedAt.slice(1).map((at, index) => at - (api.watchedAt[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(500);
  });

  test('lists anew after 410, as an answer or as an event, and finds what went meanwhile', async () => {
    const { api, store, changes } = await setUp((api) => {
      api.put('ns', 'a');
      api.put('ns', 'b');
    });
    await watching(api);
    api.delete('ns', 'a', true);
    api.oldest = api.version;
    api.closeWatches();
    await holds(store, 'b');
    await watching(api);
    api.delete('ns', 'b', true);
    api.send('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
    await holds(store);
    expect(changes).toEqual(['+ns/a', '+ns/b', '-ns/a', '-ns/b']);
    expect(api.lists).toBe(3);
  });

  test('starts its list again when the token of the next page is too old', async () => {
    let refused = false;
    const { api, store } = await setUp((api) => {
      api.page = 1;
      api.put('ns', 'a');
      api.put('ns', 'b');
      api.intercept = ({ query }, response) => {
        if (refused || !query.has('continue')) return false;
        refused = true;
        refuse(response, 410, 'Expired');
        return true;
      };
    });
    await store.whenSynced(AbortSignal.timeout(4000));
    expect(names(store)).toEqual(['a', 'b']);
    expect(api.lists).toBe(4);
  });

  test('survives garbage, a cut event and other errors without losing anything', async () => {
    const { api, store, log } = await setUp();
    for (const [index, bytes] of [
      '<html>\n',
      '{"type":"ADDED","object":{"meta',
      '{"type":"ERROR","object":{"code":500}}\n',
    ].entries()) {
      await watching(api);
      api.send(bytes);
      api.closeWatches();
      api.put('ns', `p${index}`);
      await vi.waitFor(() => expect(store.get(`ns/p${index}`)).toBeDefined(), { timeout: 3000 });
    }
    expect(log.entries.filter(({ level }) => level === 'warn').length).toBeGreaterThanOrEqual(2);
  });

  test('is not stopped by an object that cannot be taken in', async () => {
    const { api, store, log } = await setUp((api) => {
      api.put('ns', 'a', { poison: true });
      api.put('ns', 'b');
    });
    store.useTrim((object) => {
      if ('poison' in object) throw new Error('not for me');
      return object;
    });
    await watching(api);
    api.put('ns', 'a', { poison: true });
    api.put('ns', 'c');
    await vi.waitFor(() => expect(store.get('ns/c')).toBeDefined(), { timeout: 4000 });
    api.closeWatches();
    api.put('ns', 'd');
    await holds(store, 'b', 'c', 'd');
    const errors = log.entries.filter(({ level }) => level === 'error');
    expect(errors.map(({ fields }) => 'key' in fields && fields.key)).toEqual(['ns/a', 'ns/a']);
  });

  test('reads characters that arrive in pieces', async () => {
    const { api, store } = await setUp();
    await watching(api);
    const metadata = { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '9999', labels: { x: 'grüße 😀' } };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`);
    for (let i = 0; i < bytes.length; i += 3) {
      api.send(bytes.subarray(i, i + 3));
      await new Promise(setImmediate);
    }
    await holds(store, 'a');
    expect(store.get('ns/a')?.metadata.labels).toEqual({ x: 'grüße 😀' });
  });

  test('asks for bookmarks and goes on from them', async () => {
    const { api } = await setUp();
    await watching(api);
    const before = api.version;
    api.bookmark();
    api.bookmark();
    api.closeWatches();
    await watching(api);
    const watches = api.server.requests.filter(({ query }) => query.has('watch'));
    expect(watches[0]?.query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(watches[0]?.query.get('timeoutSeconds'))).toBe(240);
    expect(Number(watches[1]?.query.get('resourceVersion'))).toBe(before + 2);
  });

  test('warns once per outage, says when it is over, and keeps what it knows', async () => {
    let down = false;
    const { api, store, log } = await setUp((api) => {
      api.put('ns', 'a');
      api.intercept = (_, response) => down && Boolean(response.destroy());
    });
    await watching(api);
    down = true;
    api.closeWatches('cut');
    const requests = api.server.requests.length;
    await vi.waitFor(() => expect(api.server.requests.length).toBeGreaterThan(requests + 6), { timeout: 4000 });
    expect(names(store)).toEqual(['a']);
    down = false;
    await vi.waitFor(() => expect(log.entries.at(-1)?.message).toBe('the API server answers again'), { timeout: 4000 });
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test.each(['cut', 'told'] as const)('believes a server restored from a backup (%s)', async (how) => {
    const { api, store } = await setUp((api) => api.put('ns', 'a', { color: 'past' }));
    await watching(api);
    const backup = api.version;
    api.put('ns', 'a', { color: 'future' });
    api.put('ns', 'late');
    await holds(store, 'a', 'late');
    if (how === 'cut') api.closeWatches('cut');
    api.restore(backup);
    if (how === 'told') api.bookmark();
    api.put('ns', 'b');
    await vi.waitFor(() => expect(store.get('ns/a')).toMatchObject({ color: 'past' }), { timeout: 4000 });
    await holds(store, 'a', 'b');
  });

  test('ends with its signal, also in the middle of a wait', async () => {
    const { api, stop, ended } = await setUp((api) => {
      api.intercept = (_, response) => Boolean(response.destroy());
    });
    await vi.waitFor(() => expect(api.lists).toBeGreaterThan(0));
    stop.abort();
    await ended;
  });
});

import { describe, expect } from 'vitest';
import type { KubeObject } from '../../../api/index.ts';
import { Store } from '../../../kube/store.ts';
import { fewAtATime } from '../../bench/pods.ts';
import { isList, type Scene, soon, TRAPS, test, watching } from './scene.ts';

interface Lease extends KubeObject {
  spec?: Record<string, unknown>;
}

async function fill({ put }: Scene, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `lease-${index}`);
  await fewAtATime(names, async (name) => {
    await put(name);
  });
  return names;
}

describe(TRAPS, () => {
  test('8 lists come in pages, and start again when the token of a page is too old', async ({ scene }) => {
    const { proxy, namespace, follow } = scene;
    const names = await fill(scene, 620);
    const isNextPage = ({ query }: { query: URLSearchParams }) => query.has('continue');
    proxy.rule({ match: isNextPage, times: 1, fault: { kind: 'answer', code: 410 } });
    const { store } = await follow();
    expect([...store.values()].map(({ metadata }) => metadata.name).sort()).toEqual(names.sort());
    const lists = proxy.requests.filter(isList).map(({ query }) => [query.get('limit'), query.has('continue')]);
    expect(lists).toEqual([
      ['500', false],
      ['500', true],
      ['500', false],
      ['500', true],
    ]);
    expect(proxy.requests.filter(isList).every(({ path }) => path.includes(namespace))).toBe(true);
  });

  test('9 an object looks the same in a list, in an event, and in the answer to a write', async ({ scene }) => {
    const { client, namespace, follow } = scene;
    const spec = { renewTime: '2026-01-02T03:04:05.678901Z', leaseDurationSeconds: 40 };
    const keep = { trim: (object: KubeObject) => structuredClone(object) };
    const told = await follow(keep);
    await watching(scene);
    const written = await client.create<Lease>('leases', { metadata: { name: 'a', namespace }, spec } as Lease);
    await soon('it is told', () => told.store.size === 1);
    const listed = await follow(keep);
    const key = `${namespace}/a`;
    expect(listed.store.get(key)).toMatchObject({ spec });
    // Items of lists have neither kind nor version.
    const { kind: _kind, apiVersion: _version, ...event } = told.store.get(key) ?? { metadata: { name: '' } };
    expect(event).toEqual(listed.store.get(key));
    delete written.metadata.managedFields;
    expect(told.store.get(key)).toEqual(written);
  });

  test('10 fields that we do not know survive being read, changed and written', async ({ scene }) => {
    const { client, direct, namespace } = scene;
    const unknown = {
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'one' }],
      secrets: [{ name: 's' }],
    };
    const metadata = { name: 'a', namespace, annotations: { theirs: 'x' } };
    await direct.create('serviceaccounts', { metadata, ...unknown } as KubeObject);
    const read = await client.get('serviceaccounts', 'a', { namespace });
    read.metadata.annotations = { ...read.metadata.annotations, ours: 'y' };
    await client.replace('serviceaccounts', read);
    await client.patch('serviceaccounts', 'a', { metadata: { labels: { l: 'z' } } }, { type: 'merge', namespace });
    expect(await direct.get('serviceaccounts', 'a', { namespace })).toMatchObject({
      metadata: { annotations: { theirs: 'x', ours: 'y' }, labels: { l: 'z' } },
      ...unknown,
    });
  });

  test('11 what nobody reads is not kept: managed fields, and what trim leaves out', async ({ scene }) => {
    const { client, namespace, follow } = scene;
    const spec = { holderIdentity: 'x'.repeat(1000) };
    await client.create('leases', { metadata: { name: 'a', namespace }, spec } as Lease);
    const store = new Store<Lease>();
    await follow({ store, trim: ({ metadata }) => ({ metadata }) });
    const [kept] = store.values();
    expect(kept).toEqual({ metadata: expect.objectContaining({ name: 'a', namespace }) });
    expect(kept?.metadata).not.toHaveProperty('managedFields');
    expect((await client.get('leases', 'a', { namespace })).metadata).toHaveProperty('managedFields');
  });
});

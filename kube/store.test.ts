import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { type Change, Store } from './store.ts';

interface Thing extends KubeObject {
  color?: string;
}

const thing = (
  version: number,
  o: { name?: string; uid?: string; color?: string; namespace?: string } = {},
): Thing => ({
  metadata: {
    name: o.name ?? 'a',
    namespace: o.namespace ?? 'ns',
    uid: o.uid ?? 'u1',
    resourceVersion: String(version),
    managedFields: [{ manager: 'x' }],
  },
  ...(o.color !== undefined && { color: o.color }),
});

function setUp() {
  const store = new Store<Thing>({ indexers: { color: ({ color }) => (color === undefined ? [] : [color]) } });
  const changes: string[] = [];
  const version = (object: Thing | undefined) => object?.metadata.resourceVersion ?? '-';
  store.subscribe(({ key, old, now }: Change<Thing>) => changes.push(`${key} ${version(old)}>${version(now)}`));
  return { store, changes };
}

describe('own writes', () => {
  test('are seen at once and not undone by events that were on their way', () => {
    const { store, changes } = setUp();
    store.observe(thing(5, { color: 'old' }));
    store.observe(thing(9, { color: 'written' }));
    store.observe(thing(7, { color: 'late' }));
    store.observe(thing(9, { color: 'written' }));
    expect(store.get('ns/a')?.color).toBe('written');
    expect(changes).toEqual(['ns/a ->5', 'ns/a 5>9']);
  });

  test('versions compare as numbers', () => {
    const { store } = setUp();
    store.observe(thing(99));
    store.observe(thing(100));
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('100');
  });

  test('that delete an object let no late event revive it, but let a successor of its name live', () => {
    const { store, changes } = setUp();
    store.observe(thing(5));
    store.forget('ns/a', 'u1');
    store.observe(thing(6));
    store.remove(thing(7));
    expect(store.get('ns/a')).toBeUndefined();
    store.observe(thing(8, { uid: 'u2' }));
    store.forget('ns/a', 'u1');
    store.remove(thing(7));
    expect(store.get('ns/a')?.metadata.uid).toBe('u2');
    expect(changes).toEqual(['ns/a ->5', 'ns/a 5>-', 'ns/a ->8']);
  });

  test('whose answer comes after the DELETED event do not revive the object', () => {
    const { store } = setUp();
    store.observe(thing(5));
    store.remove(thing(7));
    store.observe(thing(6));
    expect(store.size).toBe(0);
  });
});

test('an object that left a selector and came back is known again', () => {
  const { store } = setUp();
  store.observe(thing(5));
  store.remove(thing(7));
  store.observe(thing(8));
  expect(store.get('ns/a')?.metadata.resourceVersion).toBe('8');
});

describe('a list', () => {
  test('removes what it lacks, spares what is younger, and touches one namespace only', () => {
    const { store, changes } = setUp();
    store.observe(thing(5, { name: 'gone', uid: 'g' }));
    store.observe(thing(5, { name: 'kept', uid: 'k' }));
    store.observe(thing(12, { name: 'young', uid: 'y' }));
    store.observe(thing(5, { name: 'other', uid: 'o', namespace: 'elsewhere' }));
    changes.length = 0;
    store.retain(new Set(['ns/kept']), 10, 'ns');
    expect(changes).toEqual(['ns/gone 5>-']);
    store.observe(thing(9, { name: 'gone', uid: 'g' }));
    expect(store.get('ns/gone')).toBeUndefined();
  });

  test('of a server restored from a backup is believed', () => {
    const { store } = setUp();
    store.observe(thing(500, { color: 'future' }));
    store.observe(thing(500, { name: 'b', uid: 'u2' }));
    store.forget('ns/c', 'u3');
    store.distrust();
    store.observe(thing(20, { color: 'past' }));
    store.observe(thing(21, { name: 'c', uid: 'u3' }));
    store.retain(new Set(['ns/a', 'ns/c']), 22);
    expect([...store.values()].map(({ metadata, color }) => [metadata.name, color])).toEqual([
      ['a', 'past'],
      ['c', undefined],
    ]);
  });
});

test('trim decides what is kept, for events and for own writes', () => {
  const { store, changes } = setUp();
  store.useTrim((object) => (object.color === 'dull' ? undefined : object));
  store.observe(thing(1, { color: 'red' }));
  store.observe(thing(3, { color: 'dull' }));
  store.observe(thing(2, { color: 'red' }));
  expect(store.size).toBe(0);
  store.observe(thing(4, { color: 'blue' }));
  expect(changes).toEqual(['ns/a ->1', 'ns/a 1>-', 'ns/a ->4']);
  expect(store.get('ns/a')?.metadata).not.toHaveProperty('managedFields');
});

test('a listener that throws is not in the way of the others', () => {
  const store = new Store<Thing>();
  const told: string[] = [];
  store.subscribe(() => {
    throw new Error('a mistake');
  });
  store.subscribe(({ key }) => told.push(key));
  expect(() => store.observe(thing(1))).toThrow('a listener failed at ns/a');
  expect(told).toEqual(['ns/a']);
  expect(store.get('ns/a')).toBeDefined();
});

test('a listener that went is not told any more', () => {
  const store = new Store<Thing>();
  let told = 0;
  const stop = store.subscribe(() => told++);
  store.observe(thing(1));
  stop();
  store.observe(thing(2));
  expect(told).toBe(1);
});

test('indexes and versions agree with a plain replay, in whatever order news come', () => {
  const news = fc.record({
    version: fc.integer({ min: 1, max: 30 }),
    name: fc.constantFrom('a', 'b'),
    color: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined }),
    deleted: fc.boolean(),
  });
  const unique = fc.uniqueArray(news, { selector: ({ version }) => version, maxLength: 20 });
  fc.assert(
    fc.property(unique, (all) => {
      const { store } = setUp();
      const last = new Map<string, (typeof all)[number]>();
      for (const item of all) {
        const { version, name, color } = item;
        const object = thing(version, { name, uid: name, ...(color && { color }) });
        if (item.deleted) store.remove(object);
        else store.observe(object);
        if (version > (last.get(name)?.version ?? 0)) last.set(name, item);
      }
      const expected = [...last.values()].filter(({ deleted }) => !deleted);
      const names = (color: string) => expected.filter((item) => item.color === color).map(({ name }) => name);
      for (const color of ['red', 'blue'])
        expect(
          store
            .by('color', color)
            .map(({ metadata }) => metadata.name)
            .sort(),
        ).toEqual(names(color).sort());
      expect(store.size).toBe(expected.length);
      for (const { name } of expected) expect(store.by('uid', name)).toHaveLength(1);
    }),
  );
});

test('an unknown index is a mistake, not an empty answer', () => {
  expect(() => new Store<Thing>().by('colour', 'red')).toThrow('no index colour');
});

test('whenSynced waits, and gives up with its signal', async () => {
  const { store } = setUp();
  const gone = new AbortController();
  const waiting = store.whenSynced(gone.signal);
  gone.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  store.markSynced();
  await store.whenSynced(new AbortController().signal);
  expect(store.synced).toBe(true);
});

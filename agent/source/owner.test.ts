import { describe, expect, test } from 'vitest';
import { hash, type Pod } from '../../api/index.ts';
import { amendmentsOf, annotationsFrom, mirroredOf } from './owner.ts';

const MIRRORED = 'multicluster.admiralty.io/mirrored-annotations';
type Entries = Record<string, string>;

const podWith = (annotations?: Entries, labels?: Entries): Pod => ({
  metadata: { name: 'step', ...(annotations && { annotations }), ...(labels && { labels }) },
  spec: { containers: [] },
});
const note = (entries: Entries) => ({ [MIRRORED]: JSON.stringify(entries) });

describe('the note of what came from the target', () => {
  test.each([
    ['no annotations', podWith(), {}],
    ['no note', podWith({ a: 'b' }), {}],
    ['a note', podWith(note({ a: 'h' })), { a: 'h' }],
    ['a note that is no JSON', podWith({ [MIRRORED]: '{' }), {}],
    ['a note of nothing', podWith({ [MIRRORED]: 'null' }), {}],
    ['a note that is a text', podWith({ [MIRRORED]: '"text"' }), {}],
  ])('%s', (_, pod, expected) => {
    expect(mirroredOf(pod)).toStrictEqual(expected);
  });
});

describe('amendments', () => {
  test('are none, and the same list, where nothing changed', () => {
    const before = [{ of: 'labels' as const, key: 'a', value: 'b' }];
    expect(amendmentsOf(podWith(undefined, { a: 'b' }), {}, before)).toBe(before);
    expect(amendmentsOf(podWith(), {}, [])).toEqual([]);
  });

  test('tell what was added, changed and removed, in the order of their keys', () => {
    const pod = podWith({ n: '1', kept: 'k' }, { b: '2', a: '1' });
    const sent = { labels: { b: '1', c: '3' }, annotations: { kept: 'k' } };
    expect(amendmentsOf(pod, sent, [])).toStrictEqual([
      { of: 'labels', key: 'a', value: '1' },
      { of: 'labels', key: 'b', value: '2' },
      { of: 'labels', key: 'c' },
      { of: 'annotations', key: 'n', value: '1' },
    ]);
  });

  test('stay in the list with their value of now, each once', () => {
    const before = [
      { of: 'annotations' as const, key: 'a', value: '1' },
      { of: 'labels' as const, key: 'a', value: '1' },
    ];
    expect(amendmentsOf(podWith({ a: '2' }, { a: '1', b: '1' }), {}, before)).toStrictEqual([
      { of: 'annotations', key: 'a', value: '2' },
      { of: 'labels', key: 'a', value: '1' },
      { of: 'labels', key: 'b', value: '1' },
    ]);
    expect(amendmentsOf(podWith({ a: '1' }), {}, before)).toStrictEqual([
      { of: 'annotations', key: 'a', value: '1' },
      { of: 'labels', key: 'a' },
    ]);
  });

  test('are not what came from the target', () => {
    expect(amendmentsOf(podWith({ a: '1', ...note({ a: hash('1') }) }), {}, [])).toEqual([]);
    expect(amendmentsOf(podWith({ a: '2', ...note({ a: hash('1') }) }), {}, [])).toHaveLength(1);
    expect(amendmentsOf(podWith({ ...note({ a: '' }) }), { annotations: { a: '1' } }, [])).toEqual([]);
  });
});

describe('annotations from the target', () => {
  const reported = (annotations: Entries, upToDate = true) => ({ annotations, upToDate });

  test('are shown with a note of them', () => {
    expect(annotationsFrom(reported({ a: '1' }), podWith(), {}, [])).toStrictEqual({
      a: '1',
      ...note({ a: hash('1') }),
    });
  });

  test('are shown once', () => {
    const shown = podWith({ a: '1', ...note({ a: hash('1') }) });
    expect(annotationsFrom(reported({ a: '1' }), shown, {}, [])).toBeUndefined();
    expect(annotationsFrom(reported({}), podWith(), {}, [])).toBeUndefined();
  });

  test('that are gone there go back to what was sent, and out of the note', () => {
    const shown = podWith({ a: '1', b: '2', ...note({ a: hash('1'), b: hash('2') }) });
    expect(annotationsFrom(reported({ b: '2' }), shown, { annotations: { a: '0' } }, [])).toStrictEqual({
      a: '0',
      ...note({ b: hash('2') }),
    });
    expect(annotationsFrom(reported({}), shown, {}, [])).toStrictEqual({ a: null, b: null, [MIRRORED]: null });
  });

  test('give way to the owner, of which the note keeps what it was', () => {
    const owned = podWith({ a: 'mine', b: '1', ...note({ a: hash('1'), b: hash('1') }) });
    expect(annotationsFrom(reported({ a: '3', b: '3' }), owned, {}, [])).toStrictEqual({
      b: '3',
      ...note({ a: hash('1'), b: hash('3') }),
    });
    expect(annotationsFrom(reported({ a: '3' }), podWith({ a: 'mine' }), {}, [])).toBeUndefined();
  });

  test('are not believed of amended keys before all amendments were seen', () => {
    const amendments = [{ of: 'annotations' as const, key: 'a', value: '1' }];
    const pod = podWith({ a: '1' });
    expect(annotationsFrom(reported({ a: '2' }, false), pod, {}, amendments)).toBeUndefined();
    expect(annotationsFrom(reported({ a: '2' }, true), pod, {}, amendments)).toStrictEqual({
      a: '2',
      ...note({ a: hash('2') }),
    });
    expect(annotationsFrom(reported({ b: '2' }, false), pod, {}, amendments)).toHaveProperty('b', '2');
  });

  test('have nothing to do with labels of the same key', () => {
    const amendments = [{ of: 'labels' as const, key: 'a', value: '1' }];
    expect(annotationsFrom(reported({ a: '2' }, false), podWith(), {}, amendments)).toHaveProperty('a', '2');
  });
});

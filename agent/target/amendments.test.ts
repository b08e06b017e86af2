import { describe, expect, it } from 'vitest';
import { type Amendment, hash } from '../../api/index.ts';
import { amended, markOf } from './amendments.ts';

const set = (key: string, value: string): Amendment => ({ of: 'labels', key, value });
const removed = (key: string): Amendment => ({ of: 'labels', key });

describe('amended', () => {
  it.each<[string, Record<string, string> | undefined, Amendment[] | undefined, Record<string, string>]>([
    ['nothing', undefined, undefined, {}],
    ['what nobody changed', { a: '1' }, [], { a: '1' }],
    ['changes', { a: '1', b: '1' }, [set('a', '2')], { a: '2', b: '1' }],
    ['additions, also of empty values', undefined, [set('a', '')], { a: '' }],
    ['removals', { a: '1', b: '1' }, [removed('a'), removed('c')], { b: '1' }],
    ['the last of several changes', { a: '1' }, [set('a', '2'), removed('a'), set('a', '3')], { a: '3' }],
    ['no annotations', { a: '1' }, [{ of: 'annotations', key: 'a', value: '2' }], { a: '1' }],
    ['nothing of ours', {}, [set('delegate.multicluster.admiralty.io/source', 'c')], {}],
  ])('labels hold %s', (_, entries, amendments, expected) => {
    expect(amended(entries, 'labels', amendments)).toStrictEqual(expected);
  });

  it('leaves what it was given', () => {
    const entries = { a: '1' };
    amended(entries, 'labels', [removed('a')]);
    expect(entries).toEqual({ a: '1' });
  });
});

it('a mark says which amendments a delegate has, in their order', () => {
  expect(markOf()).toBeUndefined();
  expect(markOf([])).toBeUndefined();
  const both = [set('a', '1'), { of: 'annotations' as const, key: 'b' }];
  expect(markOf(both)).toBe(hash('[["labels","a","1"],["annotations","b",null]]'));
  expect(markOf(both.toReversed())).not.toBe(markOf(both));
});

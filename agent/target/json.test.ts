import { describe, expect, it } from 'vitest';
import { mergeDiff, withoutNulls } from './json.ts';

describe('withoutNulls', () => {
  it.each([
    ['keys without a value', { a: null, b: undefined, c: 0, d: '', e: false }, { c: 0, d: '', e: false }],
    ['also deep inside', { a: { b: null, c: [{ d: null }] } }, { a: { c: [{}] } }],
    ['but no items of lists', [null, 1, [null]], [null, 1, [null]]],
    ['nor what is a plain value', null, null],
    ['nor a text', 'text', 'text'],
  ])('leaves out %s', (_, value: unknown, expected) => {
    expect(withoutNulls(value)).toStrictEqual(expected);
  });
});

describe('mergeDiff', () => {
  it.each([
    ['equal objects', { a: 1, b: { c: [1] } }, { a: 1, b: { c: [1] } }, undefined],
    ['nothing to compare', {}, {}, undefined],
    ['a key that went', { a: 1, b: 2 }, { b: 2 }, { a: null }],
    ['a key that has no value any more', { a: 1 }, { a: undefined }, { a: null }],
    ['a key that never had one', {}, { a: undefined }, undefined],
    ['a key that came', {}, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a key deep inside', { a: { b: 1, c: 1, d: 1 } }, { a: { b: 2, c: 1 } }, { a: { b: 2, d: null } }],
    ['lists, which are replaced', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['an object that becomes a list', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['an object that becomes a value', { a: { b: 1 } }, { a: 1 }, { a: 1 }],
    ['a value that becomes an object', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a list that becomes an object', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('tells %s', (_, old: Record<string, unknown>, next: Record<string, unknown>, patch) => {
    expect(mergeDiff(old, next)).toStrictEqual(patch);
  });
});

import { describe, expect, it } from 'vitest';
import { hash } from '../../api/index.ts';
import { renameLabels, sparedLabels } from './labels.ts';

const OWN = 'multicluster.admiralty.io/';
const none = new Set<string>();
const rename = (keys: string[], spared: string[] = [], later?: string[]) =>
  Object.fromEntries(renameLabels(Object.fromEntries(keys.map((key) => [key, ''])), new Set(spared), later));

describe('the key of a label on the delegate', () => {
  it.each([
    ['keeps 63 characters', 'a'.repeat(63), 'a'.repeat(63)],
    ['is cut before the hash at 64', `d/${'a'.repeat(62)}`, `d_${'a'.repeat(50)}-${hash(`d/${'a'.repeat(62)}`)}`],
    [
      'is cut so that no sign is left before the hash',
      `d/${'a'.repeat(48)}._${'b'.repeat(20)}`,
      `d_${'a'.repeat(48)}-${hash(`d/${'a'.repeat(48)}._${'b'.repeat(20)}`)}`,
    ],
    [
      'is cut behind its letters, of any size',
      `d/${'Z'.repeat(62)}`,
      `d_${'Z'.repeat(50)}-${hash(`d/${'Z'.repeat(62)}`)}`,
    ],
    [
      'has signs in its middle',
      `d/a._-b${'c'.repeat(70)}`,
      `d_a._-b${'c'.repeat(45)}-${hash(`d/a._-b${'c'.repeat(70)}`)}`,
    ],
  ])('%s', (_, key, name) => {
    expect(rename([key])).toStrictEqual({ [key]: `${OWN}${name}` });
    expect(name.length).toBeLessThanOrEqual(63);
  });

  it('is plain for the key without a domain, whatever the order', () => {
    const keys = { a_b: `${OWN}a_b`, 'a/b': `${OWN}a_b-${hash('a/b')}` };
    expect(rename(['a/b', 'a_b'])).toStrictEqual(keys);
    expect(rename(['a_b', 'a/b'])).toStrictEqual(keys);
  });

  it('is plain for the first in the alphabet, if both have a domain', () => {
    const keys = { 'a/b_c': `${OWN}a_b_c`, 'a_b/c': `${OWN}a_b_c-${hash('a_b/c')}` };
    expect(rename(['a/b_c', 'a_b/c'])).toStrictEqual(keys);
    expect(rename(['a_b/c', 'a/b_c'])).toStrictEqual(keys);
  });

  it('is another one where that is taken too, as often as need be', () => {
    const first = `${OWN}a_b-${hash('a/b')}`;
    const second = `${OWN}a_b-${hash('a/b#1')}`;
    const third = `${OWN}a_b-${hash('a/b#2')}`;
    expect(rename(['a_b', 'a/b', first], [first])['a/b']).toBe(second);
    expect(rename(['a_b', 'a/b', first, second], [first, second])['a/b']).toBe(third);
  });

  it('is its own if it is spared, and then nobody else’s', () => {
    const taken = `${OWN}app`;
    expect(rename(['app', taken], [taken])).toStrictEqual({ [taken]: taken, app: `${OWN}app-${hash('app')}` });
    expect(rename(['app'], ['app', 'other'])).toStrictEqual({ app: 'app' });
  });

  it('takes none from those that were there before', () => {
    const names = { 'a/b': `${OWN}a_b`, a_b: `${OWN}a_b-${hash('a_b')}` };
    expect(rename(['a/b'], [], ['a_b'])).toStrictEqual(names);
    expect(rename(['a/b'], [], ['a/b', 'a_b'])).toStrictEqual(names);
    expect(rename([], ['later'], ['later'])).toStrictEqual({ later: 'later' });
  });
});

describe('sparedLabels', () => {
  it.each<[string, string | undefined, string[]]>([
    ['none without a pattern', undefined, []],
    ['all by an empty pattern', '', ['app', 'b']],
    ['by key', '^app=', ['app']],
    ['by value', '=y$', ['b']],
    ['none that does not match', '^x=app$', []],
  ])('spares %s', (_, pattern, keys) => {
    expect(sparedLabels({ app: 'x', b: 'y' }, pattern)).toStrictEqual(new Set(keys));
  });

  it('finds nothing in no labels', () => {
    expect(sparedLabels({}, '.')).toStrictEqual(none);
  });

  it('says in full what is wrong with a pattern', () => {
    expect(sparedLabels({}, '(')).toStrictEqual({
      reason: 'InvalidAnnotation',
      message: 'annotation no-prefix-label-regexp: SyntaxError: Invalid regular expression: /(/: Unterminated group',
    });
  });
});

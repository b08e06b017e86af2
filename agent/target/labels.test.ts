import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renameLabels, sparedLabels } from './labels.ts';

const PREFIX = 'multicluster.admiralty.io/';
const none = new Set<string>();
const renamed = (...keys: string[]) =>
  Object.fromEntries(renameLabels(Object.fromEntries(keys.map((key) => [key, ''])), none));

describe('renameLabels', () => {
  it('prefixes, and keeps a domain readable', () => {
    expect(renamed('app', 'app.kubernetes.io/name')).toEqual({
      app: `${PREFIX}app`,
      'app.kubernetes.io/name': `${PREFIX}app.kubernetes.io_name`,
    });
  });

  it('tells labels apart that become alike', () => {
    const { 'a.b/c': domain, 'a.b_c': plain } = renamed('a.b/c', 'a.b_c');
    expect(plain).toBe(`${PREFIX}a.b_c`);
    expect(domain).toMatch(/^multicluster\.admiralty\.io\/a\.b_c-[0-9a-z]{10}$/);
  });

  it('is injective, makes valid keys, and leaves spared ones alone', () => {
    const word = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,60}[a-z0-9])?$/);
    const key = fc.oneof(
      word,
      fc.tuple(word, word).map(([domain, name]) => `${domain.replaceAll('_', '-')}/${name}`),
      fc.constantFrom('a/b', 'a_b', 'b', `${PREFIX}b`, `${PREFIX}a_b`),
    );
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 12 }), fc.nat(3), (keys, spare) => {
        const spared = new Set(keys.slice(0, spare));
        const renames = renameLabels(Object.fromEntries(keys.map((k) => [k, ''])), spared);
        expect(new Set(renames.values()).size).toBe(keys.length);
        for (const [old, now] of renames) {
          if (spared.has(old)) expect(now).toBe(old);
          else expect(now).toMatch(/^multicluster\.admiralty\.io\/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
        }
      }),
    );
  });
});

describe('sparedLabels', () => {
  const labels = { app: 'x', tier: 'web' };

  it('matches key=value anywhere, as the pattern says', () => {
    expect(sparedLabels(labels, undefined)).toEqual(none);
    expect(sparedLabels(labels, '^tier=')).toEqual(new Set(['tier']));
    expect(sparedLabels(labels, '=')).toEqual(new Set(['app', 'tier']));
  });

  it('says what is wrong with a pattern', () => {
    expect(sparedLabels(labels, '(')).toMatchObject({ reason: 'InvalidAnnotation' });
  });

  it('is not stopped by a pattern that would run for ever', () => {
    const began = performance.now();
    expect(sparedLabels({ a: 'a'.repeat(60) }, '^a=(a+)+$|^a=(a+)+b$')).toEqual(new Set(['a']));
    expect(sparedLabels({ a: 'a'.repeat(60) }, '^a=(a+)+b$')).toMatchObject({ reason: 'InvalidAnnotation' });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('takes no pattern for code', () => {
    expect(sparedLabels({ a: '`"\n' }, '"];throw 1;//')).toEqual(none);
  });
});

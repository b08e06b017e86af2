import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, percentile, rounded } from './statistics.ts';

test('percentile by nearest rank', () => {
  const values = [30, 10, 50, 20, 40];
  expect([0, 1, 20, 21, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([
    10, 10, 10, 20, 30, 50, 50,
  ]);
  expect(() => percentile([], 50)).toThrow('no values');
});

test('a percentile is one of the values, and at least so many are not above it', () => {
  const values = fc.array(fc.integer(), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (all, percent) => {
      const value = percentile(all, percent);
      expect(all).toContain(value);
      expect(all.filter((other) => other <= value).length).toBeGreaterThanOrEqual((percent / 100) * all.length);
    }),
  );
});

test('median', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow('no values');
});

test('rounded', () => {
  expect(rounded(1 / 3, 2)).toBe(0.33);
  expect(rounded(9, 2)).toBe(9);
});

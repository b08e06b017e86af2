import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addAmounts,
  formatAmount,
  maxAmounts,
  parseQuantity,
  toAmount,
  toAmounts,
  toResourceList,
} from './quantities.ts';

describe('parseQuantity', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['12', 12],
    ['+3', 3],
    ['-3', -3],
    ['1.5', 1.5],
    ['12.25', 12.25],
    ['1.', 1],
    ['.5', 0.5],
    ['.25', 0.25],
    [' 7 ', 7],
    ['2e3', 2000],
    ['2E3', 2000],
    ['2e+3', 2000],
    ['2e-3', 0.002],
    ['1.5e10', 15_000_000_000],
    ['3n', 3 * 1e-9],
    ['3u', 3 * 1e-6],
    ['3m', 3 * 1e-3],
    ['3k', 3e3],
    ['3M', 3e6],
    ['3G', 3e9],
    ['3T', 3e12],
    ['3P', 3e15],
    ['3E', 3e18],
    ['3Ki', 3 * 1024],
    ['3Mi', 3 * 1024 ** 2],
    ['3Gi', 3 * 1024 ** 3],
    ['3Ti', 3 * 1024 ** 4],
    ['3Pi', 3 * 1024 ** 5],
    ['3Ei', 3 * 1024 ** 6],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['-100m', -0.1],
  ])('reads %j as %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each([
    '',
    '.',
    '+',
    'm',
    'Mi',
    'x1',
    '1x',
    '1 2',
    '1K',
    '1mi',
    '1ni',
    '1KiB',
    '1Mix',
    '1e',
    '1ee3',
    '1e3M',
    '1.2.3',
    '--1',
    '1 m',
    '0x10',
    'Infinity',
  ])('knows that %j is no quantity', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
});

describe('toAmount', () => {
  it.each([
    ['cpu', '1', 1000],
    ['cpu', '250m', 250],
    ['cpu', '0.1', 100],
    ['cpu', '0.7', 700],
    ['cpu', '1.001', 1001],
    ['cpu', '1.0004', 1001],
    ['cpu', '1n', 1],
    ['cpu', '100u', 1],
    ['memory', '1Gi', 1_073_741_824],
    ['memory', '1.5', 2],
    ['memory', '1.1', 2],
    ['memory', '100m', 1],
    ['memory', '1M', 1_000_000],
    ['pods', '110', 110],
    ['nvidia.com/gpu', '8', 8],
    // Dust of binary fractions is less than a millionth: what is more counts.
    ['memory', '5000000n', 1],
    ['memory', '999n', 0],
    ['memory', '1u', 1],
    ['memory', '2u', 1],
    ['memory', '1.0000001', 1],
    ['cpu', 'nonsense', 0],
    ['memory', '', 0],
  ])('counts %s %j as %d', (resource, quantity, amount) => {
    expect(toAmount(resource, quantity)).toBe(amount);
  });

  it('never counts less than was asked for', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (millis) => {
        expect(toAmount('cpu', `${millis}m`)).toBe(millis);
        expect(toAmount('memory', `${millis}m`)).toBe(Math.ceil(millis / 1000));
      }),
    );
  });
});

describe('formatAmount', () => {
  it.each([
    ['cpu', 0, '0'],
    ['cpu', 1, '1m'],
    ['cpu', 999, '999m'],
    ['cpu', 1000, '1'],
    ['cpu', 1001, '1001m'],
    ['cpu', 32_000, '32'],
    ['memory', 0, '0'],
    ['memory', 1, '1'],
    ['memory', 1000, '1000'],
    ['memory', 1023, '1023'],
    ['memory', 1024, '1Ki'],
    ['memory', 1025, '1025'],
    ['memory', 1024 ** 2, '1Mi'],
    ['memory', 1536 * 1024, '1536Ki'],
    ['memory', 512 * 1024 ** 2, '512Mi'],
    ['memory', 1024 ** 3, '1Gi'],
    ['memory', 2048 * 1024 ** 3, '2048Gi'],
    ['ephemeral-storage', 2 * 1024 ** 3, '2Gi'],
    ['hugepages-2Mi', 4 * 1024 ** 2, '4Mi'],
    ['pods', 1024, '1024'],
    ['pods', 1000, '1000'],
    ['nvidia.com/gpu', 0, '0'],
    ['example.com/hugepages-2Mi', 1024, '1024'],
  ])('writes %s %d as %s', (resource, amount, text) => {
    expect(formatAmount(resource, amount)).toBe(text);
  });

  it('is read back as the same amount', () => {
    const resource = fc.constantFrom('cpu', 'memory', 'ephemeral-storage', 'hugepages-1Gi', 'pods', 'a/b');
    fc.assert(
      fc.property(resource, fc.nat(1_000_000), fc.constantFrom(1, 1000, 1024, 1024 ** 2), (name, amount, times) => {
        expect(toAmount(name, formatAmount(name, amount * times))).toBe(amount * times);
      }),
    );
  });

  it('is exact also where floating point is not', () => {
    expect(toAmount('cpu', '16.1')).toBe(16_100);
    expect(toAmount('cpu', '882570690560m')).toBe(882_570_690_560);
    expect(toAmount('cpu', '16.1001')).toBe(16_101);
  });
});

describe('lists of resources', () => {
  it('become amounts, each in its own unit', () => {
    expect(toAmounts({ cpu: '1500m', memory: '1Ki', pods: '3' })).toEqual({ cpu: 1500, memory: 1024, pods: 3 });
  });

  it('may hold bare numbers, as YAML has them', () => {
    expect(toAmounts(JSON.parse('{"cpu":2,"memory":64}'))).toEqual({ cpu: 2000, memory: 64 });
  });

  it('are empty where there is none', () => {
    expect(toAmounts(undefined)).toEqual({});
    expect(toAmounts({})).toEqual({});
    expect(toResourceList({})).toEqual({});
  });

  it('are written in the order of their names', () => {
    const list = toResourceList({ pods: 3, memory: 2048, cpu: 1500, 'a/b': 0 });
    expect(list).toEqual({ 'a/b': '0', cpu: '1500m', memory: '2Ki', pods: '3' });
    expect(Object.keys(list)).toEqual(['a/b', 'cpu', 'memory', 'pods']);
  });
});

describe('addAmounts', () => {
  it('adds in place, and what is new', () => {
    const sum = { cpu: 1, pods: 2 };
    expect(addAmounts(sum, { cpu: 10, memory: 5 })).toBe(sum);
    expect(sum).toEqual({ cpu: 11, memory: 5, pods: 2 });
  });

  it.each([
    [3, { cpu: 31, memory: 15 }],
    [0, { cpu: 1, memory: 0 }],
    [-1, { cpu: -9, memory: -5 }],
  ])('adds %d times', (times, sum) => {
    expect(addAmounts({ cpu: 1 }, { cpu: 10, memory: 5 }, times)).toEqual(sum);
  });
});

describe('maxAmounts', () => {
  it('keeps the greater of both in place, per resource', () => {
    const greatest = { cpu: 1, memory: 7, pods: 2 };
    expect(maxAmounts(greatest, { cpu: 10, memory: 5, gpu: 3 })).toBe(greatest);
    expect(greatest).toEqual({ cpu: 10, memory: 7, pods: 2, gpu: 3 });
  });

  it('takes nothing for zero', () => {
    expect(maxAmounts({}, { cpu: -1, memory: 0 })).toEqual({ cpu: 0, memory: 0 });
  });
});

import { expect, it } from 'vitest';
import type { KubeEvent } from '../../api/index.ts';
import { trimEvent, warningsOf } from './warnings.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const event = (reason: string, message: string): KubeEvent => ({
  metadata: { name: 'e', namespace: 'n', uid: 'u', resourceVersion: '1', labels: { big: 'x' } },
  involvedObject: { uid: 'd' },
  reason,
  message,
});
const told = (count: number, at: number) =>
  Array.from({ length: count }, (_, index) => ({
    reason: 'BackOff',
    message: String(index),
    at: new Date(at).toISOString(),
  }));

it('each text once, and not what is told otherwise', () => {
  const seen = [
    event('FailedMount', 'a'),
    event('FailedMount', 'a'),
    event('FailedScheduling', 'x'),
    event('BackOff', '0'),
  ];
  const before = told(1, NOW);
  const next = warningsOf(before, seen, NOW);
  expect(next.slice(1)).toEqual([{ reason: 'FailedMount', message: 'a', at: '2026-01-02T03:04:05Z' }]);
  expect(warningsOf(next, seen, NOW)).toBe(next);
});

it('at most five a minute and ten in all', () => {
  const many = Array.from({ length: 30 }, (_, index) => event('Unhealthy', `after ${index} ms`));
  const first = warningsOf(undefined, many, NOW);
  expect(first).toHaveLength(5);
  expect(warningsOf(first, many, NOW + 59_000)).toBe(first);
  const second = warningsOf(first, many, NOW + 61_000);
  expect(second).toHaveLength(10);
  expect(warningsOf(second, many, NOW + 200_000)).toBe(second);
});

it('of an Event only what counts is kept, of others nothing', () => {
  expect(trimEvent(event('a', 'b'), (uid) => uid !== 'd')).toBeUndefined();
  expect(trimEvent(event('a', 'b'), (uid) => uid === 'd')).toEqual({
    metadata: { name: 'e', namespace: 'n', uid: 'u', resourceVersion: '1' },
    involvedObject: { uid: 'd' },
    reason: 'a',
    message: 'b',
  });
});

import { describe, expect, it } from 'vitest';
import type { KubeEvent, Warning } from '../../api/index.ts';
import { trimEvent, warningsOf } from './warnings.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const AT = '2026-01-02T03:04:05Z';
const event = (reason?: string, message?: string): KubeEvent => ({
  metadata: { name: 'e' },
  involvedObject: { uid: 'd' },
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
});
const told = (count: number, msAgo: number): Warning[] =>
  Array.from({ length: count }, (_, index) => ({
    reason: 'R',
    message: `${index}`,
    at: new Date(NOW - msAgo).toISOString(),
  }));

describe('a source hears', () => {
  it.each<[string, KubeEvent[], Warning[]]>([
    ['nothing of nothing', [], []],
    ['a warning without words', [event('Failed')], [{ reason: 'Failed', message: '', at: AT }]],
    ['of no warning without a reason', [event(undefined, 'text'), event('', 'text')], []],
    [
      'of no scheduling, but of what follows',
      [event('FailedScheduling', 'x'), event('A', 'b')],
      [{ reason: 'A', message: 'b', at: AT }],
    ],
    [
      'the same words once for each reason',
      [event('A', 'b'), event('B', 'b'), event('A', 'b')],
      [
        { reason: 'A', message: 'b', at: AT },
        { reason: 'B', message: 'b', at: AT },
      ],
    ],
    [
      'a thousand characters, and no second message that differs behind them',
      [event('A', `${'x'.repeat(1_000)}1`), event('A', `${'x'.repeat(1_000)}2`)],
      [{ reason: 'A', message: 'x'.repeat(1_000), at: AT }],
    ],
  ])('%s', (_, seen, warnings) => {
    expect(warningsOf(undefined, seen, NOW)).toStrictEqual(warnings);
  });

  it.each([
    ['nothing more in the minute of five', 5, 59_999, 5],
    ['more after that minute', 5, 60_000, 10],
    ['as many as there is room for in the minute', 3, 59_999, 5],
    ['the tenth', 9, 60_000, 10],
    ['no eleventh', 10, 60_000, 10],
  ])('%s', (_, before, msAgo, after) => {
    const many = Array.from({ length: 9 }, (_, index) => event('New', `${index}`));
    const next = warningsOf(told(before, msAgo), many, NOW);
    expect(next).toHaveLength(after);
    expect(next.slice(0, before)).toEqual(told(before, msAgo));
  });
});

describe('of an Event is kept', () => {
  const all = () => true;

  it('nothing that it does not say', () => {
    expect(trimEvent(event(), all)).toStrictEqual({ metadata: { name: 'e' }, involvedObject: { uid: 'd' } });
  });

  it('what it says of itself and of the delegate', () => {
    const metadata = { name: 'e', namespace: 'n', uid: 'u', resourceVersion: '1' };
    const whole = { ...event('A', 'b'), metadata: { ...metadata, labels: {} }, source: { component: 'kubelet' } };
    expect(trimEvent(whole, all)).toStrictEqual({ ...event('A', 'b'), metadata });
  });

  it('nothing if it is about none of ours, or about nobody', () => {
    const asked: string[] = [];
    const none = (uid: string) => asked.push(uid) === 0;
    expect(trimEvent({ ...event('A'), involvedObject: {} }, none)).toBeUndefined();
    expect(trimEvent(event('A'), none)).toBeUndefined();
    expect(asked).toEqual(['', 'd']);
  });
});

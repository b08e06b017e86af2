import { expect, test } from 'vitest';
import { backoff, microTime, sleep } from './time.ts';

test('timestamps are as the API server wants them', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 67);
  expect(microTime(at)).toBe('2026-01-02T03:04:05.067000Z');
});

test('backoff doubles up to its bound and keeps half of it', () => {
  const waits = (random: number) =>
    [0, 1, 2, 9, 99].map((attempt) => backoff(attempt, { baseMs: 100, maxMs: 1000, random: () => random }));
  expect(waits(0)).toEqual([50, 100, 200, 500, 500]);
  expect(waits(1)).toEqual([100, 200, 400, 1000, 1000]);
});

test('a sleep ends with its signal', async () => {
  const stop = new AbortController();
  const sleeping = sleep(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(sleep(60_000, stop.signal)).rejects.toThrow('enough');
});

import { expect, it } from 'vitest';
import { ApiError, retryAfter } from './errors.ts';

it.each([
  ['what the server asks for', { retryAfterSeconds: 9 }, 9],
  ['a minute, whatever is asked for', { retryAfterSeconds: 86_400 }, 60],
  ['nothing, if that lies in the past', { retryAfterSeconds: -5 }, 0],
  ['nothing in particular, if nothing is asked for', {}, undefined],
])('waits for %s', (_, options, seconds) => {
  expect(retryAfter(new ApiError(429, {}, options))).toBe(seconds);
});

it('waits as the Status says, where no header does', () => {
  expect(retryAfter(new ApiError(429, { details: { retryAfterSeconds: 3 } }))).toBe(3);
});

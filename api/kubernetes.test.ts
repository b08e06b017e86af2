import { expect, it } from 'vitest';
import { isTerminal, type PodStatus } from './kubernetes.ts';
import { rfc3339 } from './time.ts';

it.each<[status: PodStatus | undefined, ended: boolean]>([
  [{ phase: 'Succeeded' }, true],
  [{ phase: 'Failed' }, true],
  [{ phase: 'Running' }, false],
  [{ phase: 'Pending' }, false],
  [{ phase: 'Unknown' }, false],
  [{}, false],
  [undefined, false],
])('whether a pod with status %j has ended for good: %s', (status, ended) => {
  expect(isTerminal(status)).toBe(ended);
});

it('writes times in whole seconds', () => {
  expect(rfc3339(0)).toBe('1970-01-01T00:00:00Z');
  expect(rfc3339(1_700_000_000_000)).toBe('2023-11-14T22:13:20Z');
  expect(rfc3339(1_700_000_000_999)).toBe('2023-11-14T22:13:20Z');
  expect(rfc3339(1_700_000_001_000)).toBe('2023-11-14T22:13:21Z');
});

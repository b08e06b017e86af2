import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../api/index.ts';
import { cluster } from '../test-objects.ts';
import { twinOf } from './twins.ts';

function made(name: string, uid?: string, creationTimestamp?: string): Cluster {
  const { metadata, spec } = cluster(name, uid === undefined ? {} : { uid });
  return { metadata: { ...metadata, ...(creationTimestamp && { creationTimestamp }) }, spec };
}

describe('twinOf', () => {
  const [EARLY, LATE] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];

  it.each([
    ['the one registered before', made('a', 'u', LATE), made('b', 'u', EARLY), 'b'],
    ['none registered later', made('b', 'u', EARLY), made('a', 'u', LATE), undefined],
    ['of two at once the first by name', made('b', 'u', EARLY), made('a', 'u', EARLY), 'a'],
    ['of two at once none later by name', made('a', 'u', EARLY), made('b', 'u', EARLY), undefined],
    ['one without a time, which comes first', made('a', 'u', EARLY), made('b', 'u'), 'b'],
    ['none, for one without a time', made('b', 'u'), made('a', 'u', EARLY), undefined],
    ['without times the first by name', made('b', 'u'), made('a', 'u'), 'a'],
    ['none of another UID', made('b', 'u'), made('a', 'v'), undefined],
    ['none without a UID', made('b', 'u'), made('a'), undefined],
    ['none for one without a UID', made('b'), made('a'), undefined],
  ])('is %s', (_, one, other, twin) => {
    expect(twinOf(one, [one, other])).toBe(twin);
    expect(twinOf(one, [other, one])).toBe(twin);
  });

  it('is not the cluster itself', () => expect(twinOf(made('a', 'u'), [made('a', 'u')])).toBeUndefined());
});

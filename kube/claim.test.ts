import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lease } from '../api/index.ts';
import { type Candidate, claim, release, see } from './claim.ts';

const me: Candidate = { identity: 'me', leaseSeconds: 15 };
const held = (holderIdentity: string, resourceVersion = '1', spec: Lease['spec'] = {}): Lease => ({
  metadata: { name: 'l', namespace: 'n', resourceVersion },
  spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: '2000-01-01T00:00:00.000000Z', ...spec },
});

describe('claim', () => {
  test('a lease that nobody holds is taken', () => {
    expect(claim({ lease: undefined, at: 0 }, me, 0)).toMatchObject({ holderIdentity: 'me', leaseTransitions: 0 });
    expect(claim({ lease: held(''), at: 0 }, me, 0)).toMatchObject({ holderIdentity: 'me', leaseTransitions: 0 });
  });

  test("another's lease is taken only when it has not changed for its duration on our clock", () => {
    const seen = { lease: held('other'), at: 1_000 };
    expect(claim(seen, me, 15_999)).toBeUndefined();
    expect(claim(seen, me, 16_000)).toMatchObject({ holderIdentity: 'me' });
  });

  test("the holder's duration counts, not ours", () => {
    const seen = { lease: held('other', '1', { leaseDurationSeconds: 60 }), at: 0 };
    expect(claim(seen, me, 59_999)).toBeUndefined();
    expect(claim(seen, me, 60_000)).toBeDefined();
  });

  test('renewing keeps when it was acquired, taking over counts a transition', () => {
    const times = { acquireTime: '2000-01-01T00:00:00.000000Z', leaseTransitions: 4 };
    expect(claim({ lease: held('me', '1', times), at: 0 }, me, 5_000)).toMatchObject({
      ...times,
      renewTime: '1970-01-01T00:00:05.000000Z',
    });
    expect(claim({ lease: held('other', '1', times), at: 0 }, me, 20_000)).toMatchObject({
      acquireTime: '1970-01-01T00:00:20.000000Z',
      leaseTransitions: 5,
    });
  });

  test('a lease that was given back is free at once', () => {
    expect(claim({ lease: held('', '2', release(0)), at: 0 }, me, 0)).toBeDefined();
  });

  test('only a change of the lease counts as a sign of life', () => {
    const first = see(undefined, held('other', '7'), 1_000);
    expect(see(first, held('other', '7'), 9_000).at).toBe(1_000);
    expect(see(first, held('other', '8'), 9_000).at).toBe(9_000);
    expect(see(first, undefined, 9_000)).toEqual({ lease: undefined, at: 9_000 });
  });

  test('whatever the holder writes into its times, nobody takes a lease that keeps changing', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.array(fc.integer({ min: 1, max: 14_999 })), (date, gaps) => {
        let now = 0;
        let seen = see(undefined, held('other', '0'), now);
        gaps.forEach((gap, index) => {
          now += gap;
          expect(claim(seen, me, now)).toBeUndefined();
          seen = see(seen, held('other', String(index + 1), { renewTime: date.toISOString() }), now);
        });
      }),
    );
  });
});

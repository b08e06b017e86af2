import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGAIN_MS, PAUSE_MS, planCertificate, type Situation, type Verdict } from './plan.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

const plan = (changes: Partial<Situation>) =>
  planCertificate({ served: undefined, askedAt: undefined, found: undefined, approves: false, now: 0, ...changes });
const ours = (verdict: Verdict): Situation['found'] => ({ uid: 'u', ours: true, verdict });
const left: Situation['found'] = { uid: 'u', ours: false };

describe('planCertificate', () => {
  it('asks where nothing is, and removes what a process left whose key is lost', () => {
    expect(plan({})).toEqual({ do: 'ask' });
    expect(plan({ found: left })).toMatchObject({ do: 'remove', uid: 'u' });
  });

  it('asks no more than once a minute, whoever takes its request away', () => {
    for (const found of [undefined, left]) {
      expect(plan({ found, askedAt: 0, now: 10_000 })).toEqual({ do: 'wait', ms: PAUSE_MS - 10_000 });
      expect(plan({ found, askedAt: 0, now: PAUSE_MS }).do).toBe(found === undefined ? 'ask' : 'remove');
    }
  });

  it('approves its request only if it is to, and else says after a while that nobody has', () => {
    const pending = { askedAt: 0, found: ours({ is: 'pending' }) };
    expect(plan({ ...pending, approves: true })).toEqual({ do: 'approve' });
    expect(plan({ ...pending, now: 14_999 })).toEqual({ do: 'wait', ms: 2000 });
    expect(plan({ ...pending, now: 15_000 })).toEqual({ do: 'wait', ms: 2000, trouble: { is: 'unapproved' } });
    expect(plan({ ...pending, now: HOUR })).toMatchObject({ ms: 10_000 });
  });

  it('says that nobody signs what is approved', () => {
    const approved = { askedAt: 0, found: ours({ is: 'approved' }), approves: true };
    expect(plan(approved)).toEqual({ do: 'wait', ms: 250 });
    expect(plan({ ...approved, now: 15_000 })).toMatchObject({ trouble: { is: 'unsigned' } });
  });

  it.each(['denied', 'failed'] as const)('says at once that a request is %s, and asks anew after an hour', (is) => {
    const refused = { askedAt: 0, found: ours({ is, why: 'w' }), approves: true };
    expect(plan(refused)).toEqual({ do: 'wait', ms: 250, trouble: { is, why: 'w' } });
    expect(plan({ ...refused, now: AGAIN_MS - 1 })).toMatchObject({ do: 'wait', ms: 1 });
    expect(plan({ ...refused, now: AGAIN_MS })).toMatchObject({ do: 'remove', uid: 'u' });
  });

  it('takes what is signed, and asks anew after two thirds of what was left of its life then', () => {
    expect(plan({ askedAt: 0, found: ours({ is: 'signed', certificate: 'c' }) })).toEqual({
      do: 'take',
      certificate: 'c',
    });
    const served = { takenAt: HOUR, until: HOUR + 600_000 };
    expect(plan({ served, now: HOUR + 399_000, found: left })).toEqual({ do: 'wait', ms: 1000 });
    expect(plan({ served, now: HOUR + 400_000, found: left })).toMatchObject({ do: 'remove' });
    expect(plan({ served, now: HOUR + 400_000 })).toEqual({ do: 'ask' });
    expect(plan({ served: { takenAt: 0, until: 90 * DAY } })).toEqual({ do: 'wait', ms: DAY });
  });

  it('is not made restless by a certificate that has ended already', () => {
    expect(plan({ served: { takenAt: HOUR, until: 0 }, now: HOUR })).toEqual({ do: 'wait', ms: PAUSE_MS });
  });
});

/** What may befall a request from without, and for how long certificates are signed. */
const fate = fc.record({
  is: fc.constantFrom('approved', 'denied', 'failed', 'signed', 'signed', 'gone', 'replaced', 'none'),
  after: fc.integer({ min: 0, max: 2 * HOUR }),
  life: fc.integer({ min: 0, max: 3 * DAY }),
});

interface World extends Omit<Situation, 'approves'> {
  asks: number[];
  takes: number[];
}

/** Takes the plan's steps until it waits; more than four at one time would be a loop. */
function settle(world: World, life: number): number {
  for (let steps = 0; steps <= 4; steps++) {
    const step = planCertificate({ ...world, approves: false });
    if (step.do === 'wait') return step.ms;
    if (step.do === 'ask') {
      world.asks.push(world.now);
      Object.assign(world, { askedAt: world.now, found: ours({ is: 'pending' }) });
    }
    if (step.do === 'remove') world.found = undefined;
    if (step.do === 'take') {
      world.takes.push(world.now);
      Object.assign(world, {
        askedAt: undefined,
        found: left,
        served: { takenAt: world.now, until: world.now + life },
      });
    }
  }
  throw new Error('it does not come to rest');
}

function befall(world: World, is: string): void {
  if (is === 'gone') world.found = undefined;
  if (is === 'replaced') world.found = left;
  if (world.found?.ours !== true) return;
  if (is === 'approved') world.found = ours({ is });
  if (is === 'denied' || is === 'failed') world.found = ours({ is, why: '' });
  if (is === 'signed') world.found = ours({ is, certificate: '' });
}

it('never asks twice within a minute, and comes to rest whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 30 }), (fates) => {
      const world: World = { served: undefined, askedAt: undefined, found: undefined, now: 0, asks: [], takes: [] };
      for (const { is, after, life } of fates) {
        const end = world.now + after;
        let next = world.now + settle(world, life);
        // Its own waits first, at most a few hundred: it looks again every ten seconds or less while it waits for others.
        for (let looks = 0; next <= end && looks < 300; looks++) {
          world.now = next;
          const ms = settle(world, life);
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(DAY);
          next = world.now + ms;
        }
        world.now = end;
        befall(world, is);
      }
      for (const [i, at] of world.asks.entries())
        if (i > 0) expect(at - (world.asks[i - 1] ?? 0)).toBeGreaterThanOrEqual(PAUSE_MS);
    }),
  );
});

it('never lets a certificate end that lives for five minutes or longer, if each request is signed within a minute', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ life: fc.integer({ min: 300_000, max: 90 * DAY }), signing: fc.integer({ min: 0, max: 59_000 }) }),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      (lives) => {
        const world: World = { served: undefined, askedAt: undefined, found: undefined, now: 0, asks: [], takes: [] };
        for (const { life, signing } of lives) {
          const before = world.takes.length;
          for (let looks = 0; world.takes.length === before; looks++) {
            const ms = settle(world, life);
            const asked = world.asks.at(-1) ?? 0;
            expect(world.served?.until ?? Number.POSITIVE_INFINITY).toBeGreaterThan(world.now);
            if (world.found?.ours && world.now - asked >= signing) befall(world, 'signed');
            else world.now += ms;
            expect(looks).toBeLessThan(1000);
          }
          expect(world.takes.length).toBe(before + 1);
        }
      },
    ),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CertificateFacts, type CertificatePlan, planCertificates, type Situation } from './plan.ts';

const policy = { servingMs: 90, authorityMs: 900, settleMs: 10 };

/** An authority from 0 to 900 and a certificate by it from 0 to 90. */
const facts = (
  changes: Partial<CertificateFacts['serving']> = {},
  former: CertificateFacts['former'] = [],
): CertificateFacts => ({
  authority: { issuedAt: 0, until: 900 },
  former,
  serving: { issuedAt: 0, until: 90, signedBy: 'authority' as const, names: ['a'], ...changes },
});
const plan = (found: CertificateFacts | undefined, now: number, o: Partial<Situation> = {}) =>
  planCertificates({ found, holds: false, wanted: ['a'], missing: [], now, policy, ...o });
const old = { issuedAt: -600, until: 300, pem: 'old' };

describe('planCertificates', () => {
  it('makes everything where nothing usable is, but keeps what the process serves by', () => {
    expect(plan(undefined, 0)).toMatchObject({ do: 'create' });
    expect(plan(undefined, 0, { holds: true })).toMatchObject({ do: 'renewAuthority' });
  });

  it('renews the serving certificate after two thirds of its life, and wakes for it', () => {
    expect(plan(facts(), 59)).toEqual({ do: 'keep', wakeAt: 60 });
    expect(plan(facts(), 60)).toEqual({ do: 'renewServing', why: 'two thirds of its life are over', names: ['a'] });
  });

  it('renews the authority after two thirds of its life, but first the certificate that has to last meanwhile', () => {
    const late = facts({ issuedAt: 550, until: 640 });
    expect(plan(late, 599)).toEqual({ do: 'keep', wakeAt: 600 });
    expect(plan(late, 600)).toMatchObject({ do: 'renewAuthority' });
    expect(plan(facts(), 600)).toMatchObject({ do: 'renewServing' });
    // Nobody trusts what an authority signs that has ended.
    expect(plan(facts(), 900)).toMatchObject({ do: 'renewAuthority' });
  });

  it('signs by a new authority when that has settled, or when the old certificate ends', () => {
    expect(plan(facts({ signedBy: 'former', issuedAt: -30, until: 60 }, [old]), 9)).toEqual({ do: 'keep', wakeAt: 10 });
    expect(plan(facts({ signedBy: 'former', issuedAt: -30, until: 60 }, [old]), 10)).toMatchObject({
      do: 'renewServing',
    });
    for (const until of [
      { issuedAt: -85, until: 5 },
      { issuedAt: 0, until: 90 },
    ])
      expect(plan(facts({ signedBy: 'former', ...until }, [{ ...old, until: 5 }]), 5)).toMatchObject({
        do: 'renewServing',
      });
  });

  it('trusts a former authority until the last certificate it can have signed has ended', () => {
    const young = { issuedAt: 50, until: 140 };
    expect(plan(facts(young, [old]), 89)).toEqual({ do: 'keep', wakeAt: 90 });
    expect(plan(facts(young, [old]), 90)).toMatchObject({ do: 'forget', former: [] });
    expect(plan(facts(young, [{ ...old, until: 80 }, old]), 80)).toMatchObject({ do: 'forget', former: ['old'] });
  });

  it('replaces what a stranger signed, and what does not cover our names, keeping those of others', () => {
    expect(plan(facts({ signedBy: 'stranger' }), 0)).toMatchObject({ do: 'renewServing' });
    const others = Array.from({ length: 12 }, (_, i) => `n${i}`);
    const step = plan(facts({ names: others }), 0, { wanted: ['b', 'n0'], missing: ['b'] });
    expect(step).toEqual({
      do: 'renewServing',
      why: 'it does not cover b',
      names: ['b', 'n0', ...others.slice(1, 9)],
    });
  });

  it('never signs what nobody trusts: at any time of a long life, what serves is trusted and valid', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 80, maxLength: 160 }), (pauses) => {
        let life: Life = { found: facts(), names: 1, signer: 0 };
        let now = 0;
        return pauses.every((pause) => {
          now += pause;
          for (let step = plan(life.found, now); step.do !== 'keep'; step = plan(life.found, now)) {
            const unsettled = life.names > 1 && now - life.found.authority.issuedAt < policy.settleMs;
            if (step.do === 'renewServing' && unsettled) return false;
            life = after(step, life, now);
          }
          const trusted = [`${life.names - 1}`, ...life.found.former.map(({ pem }) => pem)];
          return trusted.includes(`${life.signer}`) && life.found.serving.until > now && trusted.length <= 2;
        });
      }),
    );
  });
});

/** Certificates over the years; authorities are numbered. */
interface Life {
  found: CertificateFacts;
  names: number;
  signer: number;
}

function after(step: CertificatePlan, { found, names, signer }: Life, now: number): Life {
  const { authority, former, serving } = found;
  if (step.do === 'renewAuthority')
    return {
      found: {
        authority: { issuedAt: now, until: now + policy.authorityMs },
        former: [{ ...authority, pem: `${names - 1}` }, ...former],
        serving: { ...serving, signedBy: 'former' },
      },
      names: names + 1,
      signer,
    };
  if (step.do === 'renewServing') {
    const renewed = { issuedAt: now, until: now + policy.servingMs, signedBy: 'authority' as const, names: ['a'] };
    return { found: { ...found, serving: renewed }, names, signer: names - 1 };
  }
  if (step.do !== 'forget') throw new Error(`unexpected: ${step.do}`);
  const kept = former.filter(({ pem }) => step.former.includes(pem));
  return { found: { ...found, former: kept }, names, signer };
}

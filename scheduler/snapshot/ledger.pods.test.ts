import { describe, expect, it } from 'vitest';
import { decision, delegation, fleet, observation, refused } from '../test-objects.ts';
import { Ledger } from './ledger.ts';

const PAIR = { source: 'a', target: 'b' };

function setUp() {
  const snapshot = fleet({ a: [4], b: [4, 4] });
  const ledger = new Ledger(snapshot);
  return {
    ...{ snapshot, ledger },
    observe: (spec?: Parameters<typeof observation>[2], generation = 1) => {
      const now = observation('a', 'u', spec);
      return ledger.applyObservation('a', 'u', { ...now, metadata: { ...now.metadata, generation } });
    },
    decide: (spec: Parameters<typeof decision>[2]) => ledger.applyDecision('a', 'u', decision('a', 'u', spec)),
    delegate: (more: Parameters<typeof delegation>[2]) =>
      ledger.applyDelegation(PAIR, 'u', 'b/u-1', delegation(['a', 'b'], 'u', more)),
    lose: () => ledger.applyDelegation(PAIR, 'u', 'b/u-1', undefined),
  };
}

describe('the request of a pod', () => {
  it('is worked out once per generation, and kept when the observation goes', () => {
    const { ledger, observe, decide } = setUp();
    const { request } = observe();
    decide({ target: 'b' });
    expect(observe().request).toBe(request);
    expect(observe({ requests: { cpu: '3' } }, 2).request?.demand.requests).toEqual({ cpu: 3000, pods: 1 });
    const pod = ledger.applyObservation('a', 'u', undefined);
    expect([pod.observation, pod.request?.demand.requests['cpu']]).toEqual([undefined, 3000]);
  });
});

it('a pod is undecided once a decision that we knew is gone, until there is another', () => {
  const { ledger, observe, decide } = setUp();
  expect(observe().undecided).toBe(false);
  expect(ledger.applyDecision('a', 'u', undefined).undecided).toBe(false);
  expect(decide({ target: 'b' }).undecided).toBe(false);
  expect(ledger.applyDecision('a', 'u', undefined).undecided).toBe(true);
  expect(ledger.applyDecision('a', 'u', undefined).undecided).toBe(true);
  expect(decide({ target: 'b' }).undecided).toBe(false);
});

describe('what was assumed', () => {
  it.each([
    ['the same', { attempt: 2, target: 'b' }, { attempt: 2, target: 'b' }, true],
    ['a later attempt', { attempt: 2, target: 'b' }, { attempt: 3 }, true],
    ['an earlier attempt', { attempt: 2, target: 'b' }, { attempt: 1, target: 'b' }, false],
    ['the attempt before it has a target', { attempt: 2, target: 'b' }, { attempt: 2 }, false],
    ['that it fits nowhere', { attempt: 2 }, { attempt: 2 }, true],
    ['that it fits somewhere after all', { attempt: 2 }, { attempt: 2, target: 'b' }, true],
    ['an earlier attempt that fits nowhere', { attempt: 2 }, { attempt: 1 }, false],
  ])('is over once the hub says so: %s', (_, assumed, decided, over) => {
    const { ledger, observe, decide } = setUp();
    const pod = observe();
    ledger.assume(pod, assumed);
    decide(decided);
    expect(pod.assumed).toEqual(over ? undefined : assumed);
  });

  it('is over when the write ended', () => {
    const { ledger, observe } = setUp();
    const pod = observe();
    ledger.assume(pod, { attempt: 1, target: 'b', node: 'b-0' });
    expect(ledger.applyDecision('a', 'u', undefined).assumed).toBeDefined();
    ledger.settle(pod);
    expect(pod.assumed).toBeUndefined();
  });
});

it('a pod is only assumed on its node until its delegation names one', () => {
  const { snapshot, observe, decide, delegate } = setUp();
  const requests = observe().request?.demand.requests;
  decide({ target: 'b', node: 'b-0' });
  expect(snapshot.room('b').assumedOn('b-0')).toEqual([requests]);
  decide({ target: 'b', node: 'b-0' });
  expect(snapshot.room('b').assumedOn('b-0')).toEqual([requests]);
  delegate({ status: { delegate: { uid: 'd', node: 'b-0' } } });
  expect([...snapshot.room('b').assumedOn('b-0'), ...snapshot.room('b').assumedOn('b-1')]).toEqual([]);
});

describe('a delegation that is lost', () => {
  const ended = { status: { pod: { phase: 'Succeeded' as const } } };

  it.each([
    ['runs', {}, { gone: 0, missing: [true] }],
    ['was asked to go', { spec: { desired: 'Gone' as const } }, { gone: 1, missing: [] }],
    ['ended', ended, { gone: 1, missing: [] }],
    ['was refused', { status: refused('quota') }, { gone: 0, missing: [true] }],
    [
      'was refused and asked to go',
      { spec: { desired: 'Gone' as const }, status: refused('q') },
      { gone: 1, missing: [true] },
    ],
  ])('and %s', (_, more, { gone, missing }) => {
    const { observe, delegate, lose } = setUp();
    observe();
    delegate(more);
    const pod = lose();
    expect([pod.gone, [...pod.delegations.values()].map((each) => each.missing)]).toEqual([gone, missing]);
  });

  it('and was never known is nothing', () => {
    const { observe, lose } = setUp();
    observe();
    expect(lose()).toMatchObject({ gone: 0, delegations: new Map() });
  });

  it('alone keeps no pod', () => {
    const { ledger, delegate, lose } = setUp();
    delegate({});
    expect([...ledger.pods()]).toHaveLength(1);
    lose();
    expect([...ledger.pods()]).toEqual([]);
  });
});

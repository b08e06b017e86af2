import { describe, expect, it } from 'vitest';
import type { PodDelegation } from '../../api/index.ts';
import { place } from '../place/choose.ts';
import { decision, delegation, fleet, observation, refused } from '../test-objects.ts';
import { Ledger } from './ledger.ts';
import { openAttempt, type PodState } from './pod.ts';

const PAIR = { source: 'a', target: 'b' };

function setUp() {
  const snapshot = fleet({ a: [4], b: [4, 4] });
  const ledger = new Ledger(snapshot);
  const delegate = (more: Parameters<typeof delegation>[2] = {}, pair = PAIR) =>
    ledger.applyDelegation(pair, 'u', `${pair.target}/u-${more.spec?.attempt ?? 1}`, made(pair, more));
  const made = (pair: typeof PAIR, more: Parameters<typeof delegation>[2]): PodDelegation =>
    delegation([pair.source, pair.target], 'u', more);
  return {
    ledger,
    delegate,
    lose: () => ledger.applyDelegation(PAIR, 'u', 'b/u-1', undefined),
    observe: () => ledger.applyObservation('a', 'u', observation('a', 'u')),
    decide: (spec: Parameters<typeof decision>[2]) => ledger.applyDecision('a', 'u', decision('a', 'u', spec)),
    /** Free cores on `cluster-index`. */
    free: (node: string) => (snapshot.room(node.charAt(0)).node(node)?.free['cpu'] ?? 0) / 1000,
  };
}

describe('what a pod takes', () => {
  it('is its requests on the assumed node, from the decision on, in whatever order the hub tells', () => {
    const { observe, decide, free } = setUp();
    decide({ target: 'b', node: 'b-0' });
    expect(free('b-0')).toBe(4);
    observe();
    expect(free('b-0')).toBe(3);
    decide({ target: 'b', node: 'b-0' });
    expect(free('b-0')).toBe(3);
  });

  it('moves to the node that the delegation names', () => {
    const { observe, decide, delegate, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate({ status: { delegate: { uid: 'd', node: 'b-1' } } });
    expect([free('b-0'), free('b-1')]).toEqual([4, 3]);
  });

  it('is charged nowhere while the node is unknown', () => {
    const { observe, decide, delegate, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate({ status: { delegate: { uid: 'd', node: 'b-99' } } });
    expect([free('b-0'), free('b-1')]).toEqual([4, 4]);
  });

  it.each([
    ['the delegate ended', { status: { delegate: { uid: 'd', node: 'b-0' }, pod: { phase: 'Failed' as const } } }],
    ['the target refused', { status: refused('quota') }],
  ])('is nothing once %s', (_, more) => {
    const { observe, decide, delegate, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate(more);
    expect(free('b-0')).toBe(4);
  });

  it('is given back when the delegation went as it was asked to', () => {
    const { observe, decide, delegate, lose, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate({ spec: { desired: 'Gone' } });
    expect(free('b-0')).toBe(3);
    lose();
    expect(free('b-0')).toBe(4);
  });

  it('stays when the delegation is missing without having been asked to go', () => {
    const { observe, decide, delegate, lose, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate({ status: { delegate: { uid: 'd', node: 'b-1' } } });
    lose();
    expect(free('b-1')).toBe(3);
  });

  it('ends with decision and observation, and nothing is left of the pod', () => {
    const { observe, decide, ledger, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    ledger.applyObservation('a', 'u', undefined);
    expect(free('b-0')).toBe(4);
    ledger.applyDecision('a', 'u', undefined);
    expect([...ledger.pods()]).toEqual([]);
  });

  it('is counted when decided, not again when the hub says so, and not if the write failed', () => {
    const { observe, decide, ledger, free } = setUp();
    const pod = observe();
    ledger.assume(pod, { attempt: 1, target: 'b', node: 'b-0' });
    expect(free('b-0')).toBe(3);
    decide({ target: 'b', node: 'b-0' });
    expect(free('b-0')).toBe(3);
    ledger.settle(pod);
    expect(free('b-0')).toBe(3);

    const other = ledger.applyObservation('a', 'v', observation('a', 'v'));
    ledger.assume(other, { attempt: 1, target: 'b', node: 'b-1' });
    ledger.settle(other);
    expect(free('b-1')).toBe(4);
  });

  it('goes where the other scheduler said, if that one won', () => {
    const { observe, decide, ledger, free } = setUp();
    ledger.assume(observe(), { attempt: 1, target: 'b', node: 'b-0' });
    decide({ target: 'b', node: 'b-1' });
    expect([free('b-0'), free('b-1')]).toEqual([4, 3]);
  });

  it('is that of the attempt decided last', () => {
    const { observe, decide, delegate, free } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    delegate({ status: refused('quota') });
    decide({ attempt: 2, target: 'a', node: 'a-0' });
    expect([free('b-0'), free('a-0')]).toEqual([4, 3]);
  });
});

describe("where the target's scheduler chose other nodes than were assumed", () => {
  it('the room that the others are about to take is not promised again', () => {
    const snapshot = fleet({ a: [], b: [4, 4] });
    const ledger = new Ledger(snapshot);
    const big = (uid: string) =>
      ledger.applyObservation('a', uid, observation('a', uid, { requests: { cpu: '3', pods: '1' } }));
    const runs = (uid: string, node: string) =>
      ledger.applyDelegation(
        PAIR,
        uid,
        `b/${uid}`,
        delegation(['a', 'b'], uid, { status: { delegate: { uid, node } } }),
      );
    const nodeFor = (pod: PodState) => {
      const placed = pod.request && place(pod.request, snapshot, []);
      return placed?.fits === true ? placed.node : placed?.clusters.map(({ message }) => message).join();
    };
    for (const [uid, node] of [
      ['u', 'b-0'],
      ['v', 'b-1'],
    ] as const) {
      big(uid);
      ledger.applyDecision('a', uid, decision('a', uid, { target: 'b', node }));
    }
    const third = big('w');
    runs('u', 'b-1');
    // Now b-0 looks free, but v must be on it: it cannot be on b-1.
    const { news } = snapshot;
    expect(nodeFor(third)).toContain('on their way');
    runs('v', 'b-0');
    expect(snapshot.news).toBeGreaterThan(news);
    expect(nodeFor(third)).toContain('insufficient cpu');
  });
});

describe('openAttempt', () => {
  const open = (pod: PodState) => openAttempt(pod);

  it('is the first for a pod without a decision, none for one with', () => {
    const { observe, decide } = setUp();
    expect(open(observe())).toEqual({ attempt: 1 });
    expect(open(decide({ target: 'b', node: 'b-0' }))).toBeUndefined();
  });

  it('is the next after a refusal of the current one', () => {
    const { observe, decide, delegate, lose } = setUp();
    observe();
    decide({ target: 'b', node: 'b-0' });
    const next = { attempt: 2, refused: { cluster: 'b', reason: 'DelegateRefused', message: 'quota' } };
    expect(open(delegate({ status: refused('quota') }))).toEqual(next);
    expect(open(lose())).toEqual(next);
    expect(open(decide({ attempt: 2 }))).toEqual({ attempt: 2 });
    expect(open(decide({ attempt: 2, target: 'a', node: 'a-0' }))).toBeUndefined();
  });

  it('restores a lost decision as its delegation says', () => {
    const { observe, delegate } = setUp();
    observe();
    const pod = delegate({ spec: { attempt: 3 }, status: { delegate: { uid: 'd', node: 'b-1' } } });
    expect(open(pod)).toEqual({ attempt: 3, restore: { target: 'b', node: 'b-1' } });
  });
});

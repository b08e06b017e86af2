import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decision, delegation, fleet, observation, refused } from '../test-objects.ts';
import { Ledger } from './ledger.ts';

const uid = fc.constantFrom('u', 'v');
const target = fc.constantFrom('a', 'b');
const node = fc.constantFrom('a-0', 'b-0', 'b-1');
const attempt = fc.integer({ min: 1, max: 3 });
const status = fc.constantFrom(
  undefined,
  refused('no'),
  { delegate: { uid: 'd', node: 'b-1' } },
  { delegate: { uid: 'd', node: 'b-0' }, pod: { phase: 'Failed' as const } },
);
const desired = fc.constantFrom('Run' as const, 'Gone' as const);

type Step = (ledger: Ledger) => void;
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    uid.map(
      (u): Step =>
        (ledger) =>
          ledger.applyObservation('a', u, observation('a', u)),
    ),
    uid.map(
      (u): Step =>
        (ledger) =>
          ledger.applyObservation('a', u, undefined),
    ),
    uid.map(
      (u): Step =>
        (ledger) =>
          ledger.applyDecision('a', u, undefined),
    ),
    fc.tuple(uid, target, node, attempt).map(
      ([u, to, on, n]): Step =>
        (ledger) =>
          ledger.applyDecision('a', u, decision('a', u, { target: to, node: on, attempt: n })),
    ),
    fc.tuple(uid, target, node, attempt).map(
      ([u, to, on, n]): Step =>
        (ledger) => {
          const pod = ledger.get(`a/${u}`);
          if (pod !== undefined) ledger.assume(pod, { target: to, node: on, attempt: n });
        },
    ),
    fc.tuple(uid, target, attempt, status, desired).map(
      ([u, to, n, is, wanted]): Step =>
        (ledger) =>
          ledger.applyDelegation(
            { source: 'a', target: to },
            u,
            `${to}/${u}-${n}`,
            delegation(['a', to], u, { spec: { attempt: n, desired: wanted }, ...(is && { status: is }) }),
          ),
    ),
    fc.tuple(uid, target, attempt).map(
      ([u, to, n]): Step =>
        (ledger) =>
          ledger.applyDelegation({ source: 'a', target: to }, u, `${to}/${u}-${n}`, undefined),
    ),
  ),
  { maxLength: 40, size: 'max' },
);

/** All that the hub still says of a pod goes, in some order. */
const goings = (ledger: Ledger, u: string): Step[] => [
  (all) => all.applyObservation('a', u, undefined),
  (all) => all.applyDecision('a', u, undefined),
  ...[...(ledger.get(`a/${u}`)?.delegations.keys() ?? [])].map((key): Step => {
    const to = key.slice(0, key.indexOf('/'));
    return (all) => all.applyDelegation({ source: 'a', target: to }, u, key, undefined);
  }),
];

it('when nothing on the hub speaks of a pod any more, all its room is free and nothing is left of it', () =>
  fc.assert(
    fc.property(steps, fc.boolean(), (history, backwards) => {
      const snapshot = fleet({ a: [4], b: [4, 4] });
      const ledger = new Ledger(snapshot);
      for (const step of history) step(ledger);
      for (const u of ['u', 'v']) {
        const pod = ledger.get(`a/${u}`);
        if (pod !== undefined) ledger.settle(pod);
        const last = goings(ledger, u);
        for (const step of backwards ? last.reverse() : last) step(ledger);
      }
      expect([...ledger.pods()]).toEqual([]);
      for (const cluster of ['a', 'b'])
        for (const each of snapshot.room(cluster).nodes()) expect(each.free).toEqual(each.reported);
    }),
    { numRuns: 1_000 },
  ));

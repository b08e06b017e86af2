import fc from 'fast-check';
import { expect, it } from 'vitest';
import { enterDecision, enterDelegation, enterObservation } from '../snapshot/enter.ts';
import { refused } from '../test-objects.ts';
import { Lab } from './pump.lab.ts';

type Step =
  | { do: 'observe' | 'end' | 'refuse' | 'gone' | 'run' | 'runElsewhere' | 'takeBack'; uid: string }
  | { do: 'report'; member: string; cores: number[] }
  | { do: 'flush'; failing: string[] };

const uid = fc.integer({ min: 0, max: 9 }).map(String);
const member = fc.constantFrom('a', 'b');
const cores = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('observe' as const), uid }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('end', 'refuse', 'gone', 'run', 'runElsewhere', 'takeBack'),
        uid,
      }) as fc.Arbitrary<Step>,
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('report' as const), member, cores }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('flush' as const), failing: fc.array(uid, { maxLength: 2 }) }),
    },
  ),
  // The default size would draw ten steps at most.
  { maxLength: 60, size: 'max' },
);

function take(lab: Lab, step: Step): void {
  switch (step.do) {
    case 'observe':
      if (!lab.observations.has(step.uid))
        lab.observe(step.uid, { requests: { cpu: String(1 + (Number(step.uid) % 3)) } });
      break;
    case 'end':
      lab.delegate(step.uid, { status: { pod: { phase: 'Succeeded' } } });
      break;
    case 'refuse':
      lab.delegate(step.uid, { status: refused('no') });
      break;
    case 'gone':
      lab.delegate(step.uid, { spec: { desired: 'Gone' } });
      break;
    case 'run': {
      const named = lab.decisions.get(step.uid)?.spec.node;
      lab.delegate(step.uid, { status: { delegate: { uid: 'd', ...(named && { node: named }) } } });
      break;
    }
    case 'runElsewhere': {
      const target = lab.target(step.uid);
      lab.delegate(step.uid, { status: { delegate: { uid: 'd', node: `${target}-${Number(step.uid) % 2}` } } });
      break;
    }
    case 'takeBack':
      lab.takeBack(step.uid);
      break;
    case 'report':
      lab.report(step.member, step.cores);
      break;
    case 'flush':
      lab.flush((failing) => step.failing.includes(failing));
  }
}

/** Free CPU by node. */
const freeOf = (lab: Lab): Record<string, number> =>
  Object.fromEntries(
    ['a', 'b'].flatMap((name) =>
      [...lab.snapshot.room(name).nodes()].map((each) => [each.name, each.free['cpu'] ?? 0]),
    ),
  );

it('never promises room twice: a decision never takes more than was free', () =>
  fc.assert(
    fc.property(steps, (all) => {
      const lab = new Lab({ a: [2, 2], b: [3, 1] });
      for (const step of all) {
        const before = freeOf(lab);
        take(lab, step);
        if (step.do !== 'flush') continue;
        for (const [name, free] of Object.entries(freeOf(lab)))
          expect(free).toBeGreaterThanOrEqual(Math.min(0, before[name] ?? 0));
      }
    }),
    { numRuns: 300 },
  ));

it('knows after any history what a scheduler started anew would know, and leaves nobody waiting who fits', () =>
  fc.assert(
    fc.property(steps, (all) => {
      const lab = new Lab({ a: [2, 2], b: [3, 1] });
      for (const step of all) take(lab, step);
      lab.flush();
      for (const each of lab.ledger.pods()) lab.pump.touch(each);
      lab.flush();
      const anew = new Lab({ a: [0, 0], b: [0, 0] });
      for (const name of ['a', 'b']) {
        const reported = [...lab.snapshot.room(name).nodes()].map((each) => (each.reported['cpu'] ?? 0) / 1000);
        anew.report(name, reported);
      }
      for (const now of lab.delegations.values()) enterDelegation(anew.ledger, { now });
      for (const now of lab.decisions.values()) enterDecision(anew.ledger, { now });
      for (const now of lab.observations.values()) enterObservation(anew.ledger, { now });
      expect(freeOf(anew)).toEqual(freeOf(lab));
      for (const each of anew.ledger.pods()) anew.pump.touch(each);
      anew.flush();
      expect(anew.written).toEqual([]);
    }),
    { numRuns: 300 },
  ));

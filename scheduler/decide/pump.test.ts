import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, NodePoolObservation, PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { enterDecision, enterDelegation, enterObservation } from '../snapshot/enter.ts';
import { Ledger } from '../snapshot/ledger.ts';
import type { PodState } from '../snapshot/pod.ts';
import { decision, delegation, fleet, node, observation, pool, refused } from '../test-objects.ts';
import { Pump } from './pump.ts';

/** A hub in memory: decisions are written when `flush` is called, well or not. */
class Lab {
  readonly snapshot;
  readonly ledger;
  readonly pump;
  readonly written: Action[] = [];
  readonly observations = new Map<string, PodObservation>();
  readonly decisions = new Map<string, PodDecision>();
  readonly delegations = new Map<string, PodDelegation>();
  #pending: { pod: PodState; action: Action }[] = [];
  #clock = Date.parse('2026-01-01T00:00:00Z');
  #again = false;

  constructor(cores: Record<string, number[]>) {
    this.snapshot = fleet(cores);
    this.ledger = new Ledger(this.snapshot);
    this.pump = new Pump({
      ...{ snapshot: this.snapshot, ledger: this.ledger, now: () => this.#clock, tell: () => undefined },
      write: (pod, action) => this.#pending.push({ pod, action }),
      later: () => {
        this.#again = true;
      },
    });
  }

  observe(uid: string, spec: Partial<PodObservation['spec']> = {}): void {
    const now = observation('a', uid, spec);
    this.observations.set(uid, now);
    this.#touch(enterObservation(this.ledger, { now }));
  }

  /** As the source agent does: delegations first, by asking; then the observation, with which the decision goes. */
  takeBack(uid: string): void {
    this.delegate(uid, { spec: { desired: 'Gone' } });
    for (const [key, old] of this.delegations) {
      if (old.spec.pod.uid !== uid) continue;
      this.delegations.delete(key);
      this.#touch(enterDelegation(this.ledger, { old }));
    }
    const old = this.observations.get(uid);
    const known = this.decisions.get(uid);
    this.observations.delete(uid);
    this.decisions.delete(uid);
    if (old) this.#touch(enterObservation(this.ledger, { old }));
    if (known) this.#touch(enterDecision(this.ledger, { old: known }));
  }

  delegate(uid: string, more: Parameters<typeof delegation>[2]): void {
    const spec = this.decisions.get(uid)?.spec;
    if (spec?.target === undefined) return;
    const now = delegation(['a', spec.target], uid, { ...more, spec: { attempt: spec.attempt, ...more?.spec } });
    this.delegations.set(`${uid}/${spec.attempt}`, now);
    this.#touch(enterDelegation(this.ledger, { now }));
  }

  report(member: string, cores: number[]): void {
    const nodes = cores.map((cpu, index) => node(`${member}-${index}`, { cpu: String(cpu) }));
    const reported: NodePoolObservation = pool(member, nodes);
    this.snapshot.applyPool(member, 'pool', reported);
  }

  /** Decides, writes, and so on until nothing more happens. `fails`: these writes do not reach the hub. */
  flush(fails: (uid: string) => boolean = () => false): void {
    do {
      this.#again = false;
      this.pump.pump();
      const pending = this.#pending;
      this.#pending = [];
      for (const { pod, action } of pending) this.#carryOut(pod, action, fails(pod.uid));
      if (pending.length > 0) this.#again = true;
    } while (this.#again);
  }

  pass(ms: number): void {
    this.#clock += ms;
  }

  target(uid: string): string | undefined {
    return this.decisions.get(uid)?.spec.target;
  }

  #carryOut(pod: PodState, action: Action, failed: boolean): void {
    this.written.push(action);
    if (!failed && this.observations.has(pod.uid)) {
      const now = after(action, this.decisions.get(pod.uid));
      this.decisions.set(pod.uid, now);
      enterDecision(this.ledger, { now });
    }
    this.pump.settled(pod);
    if (!failed) this.#touch(pod);
  }

  #touch(pod: PodState | undefined): void {
    if (pod) this.pump.touch(pod);
  }
}

function after(action: Action, before: PodDecision | undefined): PodDecision {
  if (action.do === 'create') return action.object as PodDecision;
  if (action.do !== 'patch' || before === undefined) throw new Error('no such write');
  const { spec } = action.body as { spec: Record<string, unknown> };
  const merged = Object.fromEntries(Object.entries({ ...before.spec, ...spec }).filter(([, value]) => value !== null));
  return decision('a', before.metadata.name, merged);
}

describe('Pump', () => {
  it('spreads over clusters and stops where room ends', () => {
    const lab = new Lab({ a: [1], b: [2] });
    for (const uid of ['1', '2', '3', '4']) lab.observe(uid);
    lab.flush();
    expect(['1', '2', '3', '4'].map((uid) => lab.target(uid))).toEqual(['b', 'a', 'b', undefined]);
    expect(lab.pump.why('a/4')?.message).toBe('0/2 clusters are available: a, b: insufficient cpu');
  });

  it('writes once per pod that fits, and nothing for one that waits', () => {
    const lab = new Lab({ a: [1] });
    for (const uid of ['1', '2']) lab.observe(uid);
    lab.flush();
    lab.flush();
    expect(lab.written).toHaveLength(1);
  });

  it('lets a pod go as soon as it fits', () => {
    const lab = new Lab({ a: [1] });
    lab.observe('1');
    lab.observe('2');
    lab.flush();
    lab.delegate('1', { status: { pod: { phase: 'Succeeded' } } });
    lab.flush();
    expect(lab.target('2')).toBe('a');
  });

  it('explains anew when a cluster goes offline', () => {
    const lab = new Lab({ a: [0] });
    lab.observe('1');
    lab.flush();
    lab.snapshot.setOnline('a', false);
    lab.flush();
    expect(lab.pump.why('a/1')?.message).toBe('0/1 clusters are available: a: offline');
  });

  it('takes the next attempt elsewhere after a refusal, and comes back after a minute', () => {
    const lab = new Lab({ a: [1], b: [2] });
    lab.observe('1');
    lab.flush();
    lab.delegate('1', { status: refused('quota') });
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 2, target: 'a', passedOver: [{ cluster: 'b' }] });
    lab.delegate('1', { status: refused('policy') });
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 3 });
    expect(lab.target('1')).toBeUndefined();
    expect(lab.pump.why('a/1')?.message).toBe(
      '0/2 clusters are available: a: passed over: policy; b: passed over: quota',
    );
    lab.pass(61_000);
    const pod = lab.ledger.get('a/1');
    if (pod) lab.pump.touch(pod);
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 3, target: 'b' });
  });

  it('gives room back when a write fails, and decides again when asked', () => {
    const lab = new Lab({ a: [1] });
    lab.observe('1');
    lab.flush((uid) => uid === '1');
    expect(lab.snapshot.room('a').node('a-0')?.free['cpu']).toBe(1000);
    const pod = lab.ledger.get('a/1');
    if (pod) lab.pump.touch(pod);
    lab.flush();
    expect(lab.target('1')).toBe('a');
  });
});

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

import type { Action, NodePoolObservation, PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { enterDecision, enterDelegation, enterObservation } from '../snapshot/enter.ts';
import { Ledger } from '../snapshot/ledger.ts';
import type { PodState } from '../snapshot/pod.ts';
import { decision, delegation, fleet, node, observation, pool } from '../test-objects.ts';
import { Pump } from './pump.ts';

/** A hub in memory: decisions are written when `flush` is called, well or not. */
export class Lab {
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

import { describe, expect, it } from 'vitest';
import type { Action } from '../../api/index.ts';
import { Ledger } from '../snapshot/ledger.ts';
import type { PodState } from '../snapshot/pod.ts';
import { decision, delegation, fleet, observation } from '../test-objects.ts';
import { Pump } from './pump.ts';

/** A pump whose calls are noted; each look at the clock costs `tick` ms. */
function setUp(cores: Record<string, number[]>, tick = 0) {
  const snapshot = fleet(cores);
  const ledger = new Ledger(snapshot);
  const clock = { ms: Date.parse('2026-01-01T00:00:00Z') };
  const [told, later, written]: [[string, number][], number[], { pod: PodState; action: Action }[]] = [[], [], []];
  const now = () => {
    clock.ms += tick;
    return clock.ms;
  };
  const pump = new Pump({
    ...{ snapshot, ledger, now, tell: (key, ms) => told.push([key, ms]), later: (ms) => later.push(ms) },
    write: (pod, action) => written.push({ pod, action }),
  });
  const observe = (uid: string) => pump.touch(ledger.applyObservation('a', uid, observation('a', uid)));
  return { snapshot, ledger, clock, told, later, written, pump, observe };
}

describe('what a pump tells', () => {
  it('is to look at a new pod in a second, once, and at once when there is a reason to tell', () => {
    const { told, pump, observe } = setUp({ a: [0] });
    observe('1');
    observe('1');
    expect(told.splice(0)).toEqual([['a/1', 1_000]]);
    pump.pump();
    expect(told.splice(0)).toEqual([['a/1', 0]]);
    expect(pump.why('a/1')).toEqual({
      message: '0/1 clusters are available: a: insufficient cpu',
      clusters: [{ name: 'a', reason: 'Insufficient', message: 'insufficient cpu' }],
    });
    expect(pump.waiting).toBe(1);
  });

  it('is to look again just after the minute of a cluster passed over', () => {
    const { told, ledger, pump } = setUp({ a: [0] });
    const refused = { cluster: 'a', reason: 'x', message: 'm' };
    const passedOver = ['2026-01-01T00:00:09Z', '2026-01-01T00:00:05Z'].map((until) => ({ ...refused, until }));
    ledger.applyObservation('a', '1', observation('a', '1'));
    pump.touch(ledger.applyDecision('a', '1', decision('a', '1', { passedOver })));
    expect(told).toEqual([
      ['a/1', 5_001],
      ['a/1', 1_000],
    ]);
  });
});

describe('a pump', () => {
  it('has 32 writes in flight at most, and goes on when one ended', () => {
    const { written, pump, observe } = setUp({ a: [99] });
    for (let n = 0; n < 40; n++) observe(`${n}`);
    pump.pump();
    expect([written.length, pump.waiting]).toEqual([32, 8]);
    for (const { pod } of written.slice(0, 2)) pump.settled(pod);
    pump.pump();
    expect([written.length, pump.waiting]).toEqual([34, 6]);
  });

  it('lets others have their turn after 10 ms', () => {
    const { later, written, pump, observe } = setUp({ a: [9] }, 10);
    for (const uid of ['1', '2']) observe(uid);
    pump.pump();
    expect([written.length, later]).toEqual([1, [0]]);
  });

  it('forgets a pod that needs no decision any more', () => {
    const { ledger, written, pump, observe } = setUp({ a: [0] });
    observe('1');
    pump.pump();
    pump.touch(ledger.applyObservation('a', '1', undefined));
    expect([pump.waiting, pump.why('a/1'), written]).toEqual([0, undefined, []]);
  });

  it('restores a lost decision where its delegate is, with or without a node, whether there is room or not', () => {
    const { ledger, written, pump } = setUp({ a: [0] });
    ledger.applyObservation('a', '1', observation('a', '1'));
    pump.touch(ledger.applyDelegation({ source: 'a', target: 'a' }, '1', 'a/1-1', delegation(['a', 'a'], '1')));
    pump.pump();
    expect(written.map(({ action }) => action.do === 'create' && action.object)).toMatchObject([
      { spec: { pod: { uid: '1' }, attempt: 1, target: 'a' } },
    ]);
    expect(written[0]?.pod.assumed).toStrictEqual({ attempt: 1, target: 'a' });
  });

  it('asks again when there are news, after a rest as long as its work asks for', () => {
    const { snapshot, clock, later, pump, observe } = setUp({ a: [0] }, 1);
    observe('1');
    pump.pump();
    pump.pump();
    expect(later).toEqual([]);
    snapshot.setOnline('a', false);
    pump.pump();
    expect(later).toHaveLength(1);
    expect(later[0]).toBeGreaterThan(0);
    expect(pump.why('a/1')?.message).toContain('insufficient cpu');
    clock.ms += 1_000;
    pump.pump();
    expect(later).toHaveLength(1);
    expect(pump.why('a/1')?.message).toContain('offline');
  });
});

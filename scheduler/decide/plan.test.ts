import { describe, expect, it } from 'vitest';
import { Ledger } from '../snapshot/ledger.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import { decision, observation } from '../test-objects.ts';
import { classOf, decisionAction, passedOver, planDecided, planWaiting } from './plan.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const refusal = { cluster: 'b', reason: 'DelegateRefused', message: 'quota' };

function podWith(spec?: Parameters<typeof decision>[2]) {
  const ledger = new Ledger(new Snapshot());
  const pod = ledger.applyObservation('a', 'u', observation('a', 'u'));
  return spec === undefined ? pod : ledger.applyDecision('a', 'u', decision('a', 'u', spec));
}

describe('decisionAction', () => {
  it('creates the first, owned by the observation', () => {
    const action = decisionAction(podWith(), observation('a', 'u'), 1, { target: 'b', node: 'b-0' }, []);
    expect(action).toMatchObject({
      ...{ do: 'create', at: 'hub', resource: 'poddecisions' },
      object: {
        metadata: { name: 'u', namespace: 'berth-a', ownerReferences: [{ kind: 'PodObservation', uid: 'of-u' }] },
        spec: { pod: { uid: 'u' }, attempt: 1, target: 'b', node: 'b-0' },
      },
    });
  });

  it('updates a later one, guarded by the version, and takes the old target away', () => {
    const pod = podWith({ target: 'b', node: 'b-0' });
    const action = decisionAction(pod, observation('a', 'u'), 2, {}, [{ ...refusal, until: 'x' }]);
    expect(action).toMatchObject({
      ...{ do: 'patch', type: 'merge', namespace: 'berth-a', name: 'u' },
      body: { metadata: { resourceVersion: '7' }, spec: { attempt: 2, target: null, node: null } },
    });
  });
});

describe('passedOver', () => {
  const before = (until: string) => podWith({ passedOver: [{ ...refusal, cluster: 'c', until }] });

  it('adds who refused, for a minute', () =>
    expect(passedOver(podWith(), { attempt: 2, refused: refusal }, NOW)).toEqual([
      { ...refusal, until: '2026-01-01T00:02:00Z' },
    ]));

  it('drops whose minute is over, and makes another class of the pod', () => {
    const [soon, over] = ['2026-01-01T00:01:01Z', '2026-01-01T00:00:59Z'].map((until) => before(until));
    if (soon === undefined || over === undefined) throw new Error('two pods expected');
    expect(passedOver(soon, { attempt: 2 }, NOW)).toHaveLength(1);
    expect(passedOver(over, { attempt: 2 }, NOW)).toEqual([]);
    const open = { attempt: 2 };
    expect(classOf(soon, open, passedOver(soon, open, NOW))).not.toBe(classOf(over, open, []));
  });
});

describe('planDecided', () => {
  const told = (status: 'True' | 'False') => ({
    ...observation('a', 'u'),
    status: { conditions: [{ type: 'Decided', status, reason: 'x', message: 'why' }] },
  });

  it('takes back what was told of a pod that waited, once', () => {
    expect(planDecided(told('False'), 'b', NOW)).toMatchObject([
      { body: { status: { conditions: [{ type: 'Decided', status: 'True', message: 'goes to b' }], clusters: null } } },
    ]);
    expect(planDecided(told('True'), 'b', NOW)).toEqual([]);
  });

  it('costs a pod nothing that never waited', () => expect(planDecided(observation('a', 'u'), 'b', NOW)).toEqual([]));
});

describe('planWaiting', () => {
  const state = (more: Partial<Parameters<typeof planWaiting>[0]> = {}) => ({
    ...{ observation: observation('a', 'u'), message: 'why', clusters: [], since: NOW - 1_000, writtenAt: undefined },
    ...{ waiting: 1, now: NOW },
    ...more,
  });
  const told = (message: string) => ({
    ...observation('a', 'u'),
    status: { conditions: [{ type: 'Decided', status: 'False' as const, reason: 'Waiting', message }] },
  });

  it('tells why after a second, into the status', () =>
    expect(planWaiting(state()).actions).toMatchObject([
      {
        ...{ do: 'patch', subresource: 'status', namespace: 'berth-a', name: 'u' },
        body: { status: { conditions: [{ type: 'Decided', status: 'False', reason: 'Waiting', message: 'why' }] } },
      },
    ]));

  it('waits for the second', () =>
    expect(planWaiting(state({ since: NOW - 300 }))).toMatchObject({ actions: [], wakeAfterMs: 700 }));

  it('does not repeat itself', () =>
    expect(planWaiting(state({ observation: told('why') }))).toEqual({ actions: [], reasons: [] }));

  it('tells news once in five seconds, less often when many wait', () => {
    const news = { observation: told('before'), writtenAt: NOW - 4_000 };
    expect(planWaiting(state(news)).wakeAfterMs).toBe(1_000);
    expect(planWaiting(state({ ...news, writtenAt: NOW - 5_000 })).actions).toHaveLength(1);
    expect(planWaiting(state({ ...news, waiting: 1_000 })).wakeAfterMs).toBe(6_000);
  });
});

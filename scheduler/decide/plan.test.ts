import { describe, expect, it } from 'vitest';
import { Ledger } from '../snapshot/ledger.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import { decision, observation } from '../test-objects.ts';
import { classOf, decisionAction, passedOver, planDecided, planWaiting, saysWaiting } from './plan.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const refusal = { cluster: 'b', reason: 'DelegateRefused', message: 'quota' };

function podWith(spec?: Parameters<typeof decision>[2]) {
  const ledger = new Ledger(new Snapshot());
  const pod = ledger.applyObservation('a', 'u', observation('a', 'u'));
  return spec === undefined ? pod : ledger.applyDecision('a', 'u', decision('a', 'u', spec));
}

describe('decisionAction', () => {
  const PLACE = { target: 'b', node: 'b-0' };
  const refusals = [{ ...refusal, until: 'x' }];
  const create = (more: object) => ({
    ...{ do: 'create', at: 'hub', resource: 'poddecisions' },
    object: {
      ...{ apiVersion: 'multicluster.admiralty.io/v1alpha1', kind: 'PodDecision' },
      metadata: {
        ...{ name: 'u', namespace: 'berth-a' },
        ownerReferences: [
          { apiVersion: 'multicluster.admiralty.io/v1alpha1', kind: 'PodObservation', name: 'u', uid: 'of-u' },
        ],
      },
      spec: { pod: { namespace: 'default', name: 'u', uid: 'u' }, attempt: 1, ...more },
    },
  });
  const patch = (spec: object) => ({
    ...{ do: 'patch', at: 'hub', resource: 'poddecisions', namespace: 'berth-a', name: 'u', type: 'merge' },
    body: { metadata: { resourceVersion: '7' }, spec },
  });

  it('creates the first, owned by the observation', () =>
    expect(decisionAction(podWith(), observation('a', 'u'), 1, PLACE, [])).toStrictEqual(create(PLACE)));

  it('creates one that fits nowhere, and says who was passed over', () =>
    expect(decisionAction(podWith(), observation('a', 'u'), 1, {}, refusals)).toStrictEqual(
      create({ passedOver: refusals }),
    ));

  it('updates a later one, guarded by the version, and takes the old target away', () =>
    expect(decisionAction(podWith(PLACE), observation('a', 'u'), 2, {}, refusals)).toStrictEqual(
      patch({ attempt: 2, target: null, node: null, passedOver: refusals }),
    ));

  it('updates a later one with its new place', () =>
    expect(decisionAction(podWith({}), observation('a', 'u'), 2, PLACE, [])).toStrictEqual(
      patch({ attempt: 2, ...PLACE, passedOver: [] }),
    ));

  it('leaves it to the server to refuse an observation without namespace and UID', () => {
    const bare = { ...observation('a', 'u'), metadata: { name: 'u' } };
    expect(decisionAction(podWith(), bare, 1, PLACE, [])).toMatchObject({
      object: { metadata: { namespace: '', ownerReferences: [{ name: 'u', uid: '' }] } },
    });
  });
});

describe('passedOver', () => {
  const other = { ...refusal, cluster: 'c' };
  const earlier = (until: string) => podWith({ passedOver: [{ ...other, until }] });

  it('is nobody at first', () => expect(passedOver(podWith(), { attempt: 1 }, NOW)).toEqual([]));

  it('adds who refused, for a minute, after those before', () => {
    const next = { attempt: 2, refused: refusal };
    const last = { ...refusal, until: '2026-01-01T00:02:00Z' };
    expect(passedOver(podWith(), next, NOW)).toEqual([last]);
    const until = '2026-01-01T00:01:01Z';
    expect(passedOver(earlier(until), next, NOW)).toEqual([{ ...other, until }, last]);
  });

  it('counts the minute of a cluster anew that refuses again', () => {
    const next = { attempt: 2, refused: { ...other, message: 'policy' } };
    expect(passedOver(earlier('2026-01-01T00:01:01Z'), next, NOW)).toEqual([
      { ...other, message: 'policy', until: '2026-01-01T00:02:00Z' },
    ]);
  });

  it('cuts long messages', () => {
    const next = { attempt: 2, refused: { ...refusal, message: 'x'.repeat(1_001) } };
    expect(passedOver(podWith(), next, NOW)[0]?.message).toBe('x'.repeat(1_000));
  });

  it.each([
    ['2026-01-01T00:01:01Z', 1],
    ['2026-01-01T00:01:00Z', 0],
    ['2026-01-01T00:00:59Z', 0],
  ])('drops whose minute is over: until %s there is %d', (until, left) =>
    expect(passedOver(earlier(until), { attempt: 2 }, NOW)).toHaveLength(left),
  );
});

describe('classOf', () => {
  const passed = (cluster: string, message = 'quota') => ({ ...refusal, cluster, message, until: 'x' });
  const classWith = (...those: ReturnType<typeof passed>[]) => classOf(podWith(), { attempt: 1 }, those);

  it('is what the pod asks for', () => {
    expect(classWith()).toBe(podWith().request?.key);
    expect(classOf({ ...podWith(), request: undefined }, { attempt: 1 }, [])).toBe('');
    expect(classOf({ ...podWith(), request: undefined }, { attempt: 1 }, [passed('b')])).toBe('[null,[["b","quota"]]]');
  });

  it('differs with who is passed over and why, not with their order or until when', () => {
    expect(classWith(passed('b'), passed('c'))).toBe(classWith(passed('c'), { ...passed('b'), until: 'y' }));
    const all = [[], [passed('b')], [passed('c')], [passed('b', 'policy')], [passed('b'), passed('c')]];
    expect(new Set(all.map((those) => classWith(...those))).size).toBe(all.length);
    expect(JSON.parse(classWith(passed('b')))).toEqual([podWith().request?.key, [['b', 'quota']]]);
  });

  it('is a class of its own after a refusal, of that pod and attempt', () =>
    expect(classOf(podWith(), { attempt: 2, refused: refusal }, [passed('b')])).toBe('["refused","a/u",2]'));
});

const told = (status: 'True' | 'False', message = 'why', more = {}) => ({
  ...observation('a', 'u'),
  status: { conditions: [{ type: 'Decided', status, reason: 'x', message, ...more }] },
});
const other = {
  ...observation('a', 'u'),
  status: { conditions: [{ type: 'Other', status: 'False' as const, reason: 'x', message: 'why' }] },
};
const toStatus = (body: object) => ({
  ...{ do: 'patch', at: 'hub', resource: 'podobservations', namespace: 'berth-a', name: 'u' },
  ...{ type: 'merge', subresource: 'status', body: { status: body } },
});

it.each([
  [told('False'), true],
  [told('True'), false],
  [other, false],
  [{ ...other, status: {} }, false],
  [observation('a', 'u'), false],
])('saysWaiting %#: %s', (observed, waits) => expect(saysWaiting(observed)).toBe(waits));

describe('planDecided', () => {
  const placed = {
    ...{ type: 'Decided', status: 'True', reason: 'Placed', message: 'goes to b' },
    lastTransitionTime: '2026-01-01T00:01:00Z',
  };

  it('takes back what was told of a pod that waited, once', () => {
    expect(planDecided(told('False'), 'b', NOW)).toStrictEqual([toStatus({ conditions: [placed], clusters: null })]);
    expect(planDecided(told('True'), 'b', NOW)).toEqual([]);
  });

  it('costs a pod nothing that never waited', () => expect(planDecided(observation('a', 'u'), 'b', NOW)).toEqual([]));

  it('leaves it to the server to refuse an observation without namespace', () =>
    expect(planDecided({ ...told('False'), metadata: { name: 'u' } }, 'b', NOW)).toMatchObject([{ namespace: '' }]));
});

describe('planWaiting', () => {
  const clusters = Array.from({ length: 21 }, (_, n) => ({ name: `${n}`, reason: 'NoNodes' as const, message: 'm' }));
  const state = (more: Partial<Parameters<typeof planWaiting>[0]> = {}) => ({
    ...{ observation: observation('a', 'u'), message: 'why', clusters, since: NOW - 1_000, writtenAt: undefined },
    ...{ waiting: 1, now: NOW },
    ...more,
  });
  const since = (lastTransitionTime: string) => ({
    actions: [
      toStatus({
        conditions: [{ type: 'Decided', status: 'False', reason: 'Waiting', message: 'why', lastTransitionTime }],
        clusters: clusters.slice(0, 20),
      }),
    ],
    reasons: [{ reason: 'Waiting', message: 'why' }],
  });
  const [EARLIER, THEN] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];

  it('tells why after a second, into the status, for at most 20 clusters', () =>
    expect(planWaiting(state())).toStrictEqual(since(THEN)));

  it.each([
    ['it waited before, and keeps waiting', told('False', 'before', { lastTransitionTime: EARLIER }), EARLIER],
    ['nobody wrote since when it waits', told('False', 'before'), THEN],
    ['it was decided before', told('True', 'why', { lastTransitionTime: EARLIER }), THEN],
    ['only something else is told of it', other, THEN],
    ['it has an empty status', { ...other, status: {} }, THEN],
  ])('tells since when: %s', (_, observed, time) =>
    expect(planWaiting(state({ observation: observed }))).toStrictEqual(since(time)),
  );

  it('waits for the second', () => {
    const soon = { actions: [], reasons: [], wakeAfterMs: 1 };
    expect(planWaiting(state({ since: NOW - 999 }))).toStrictEqual(soon);
    expect(planWaiting(state({ since: NOW - 300 }))).toStrictEqual({ ...soon, wakeAfterMs: 700 });
  });

  it('does not repeat itself', () =>
    expect(planWaiting(state({ observation: told('False') }))).toStrictEqual({ actions: [], reasons: [] }));

  it('tells news once in five seconds, less often when many wait', () => {
    const news = { observation: told('False', 'before'), writtenAt: NOW - 4_000 };
    expect(planWaiting(state(news)).wakeAfterMs).toBe(1_000);
    expect(planWaiting(state({ ...news, waiting: 500 })).wakeAfterMs).toBe(1_000);
    expect(planWaiting(state({ ...news, writtenAt: NOW - 5_000 })).actions).toHaveLength(1);
    expect(planWaiting(state({ ...news, waiting: 1_000 })).wakeAfterMs).toBe(6_000);
  });

  it('leaves it to the server to refuse an observation without namespace', () => {
    const bare = { ...observation('a', 'u'), metadata: { name: 'u' } };
    expect(planWaiting(state({ observation: bare })).actions).toMatchObject([{ namespace: '' }]);
  });
});

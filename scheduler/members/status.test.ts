import { describe, expect, it } from 'vitest';
import type { Cluster, ClusterStatus } from '../../api/index.ts';
import { cluster, node, pool } from '../test-objects.ts';
import { isMember, type MemberState, planMember } from './plan.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const TIME = '2026-01-01T00:00:00Z';

const state = (more: Partial<MemberState> = {}): MemberState => ({
  ...{ cluster: cluster('a'), clusters: [cluster('a')], liveness: 'Fresh', kubernetesVersion: 'v1.34.0' },
  ...{
    isOnline: () => true,
    directOf: () => undefined,
    pools: [],
    writtenAt: undefined,
    now: NOW,
    known: [],
    inUse: () => false,
  },
  existing: { namespace: () => true, roleBinding: (key: string) => key },
  ...more,
});

const ready = (status: string, reason: string, message: string) => ({
  ...{ type: 'Ready', status, reason, message, lastTransitionTime: TIME, observedGeneration: 1 },
});
const STATUS = {
  ...{ observedGeneration: 1, conditions: [ready('True', 'HeartbeatFresh', 'The agent reports.')] },
  ...{ sources: ['a'], targets: ['a'], offlineTargets: [], room: {}, nodes: 0, kubernetesVersion: 'v1.34.0' },
};
const written = (status: object, name = 'a') => ({
  ...{ do: 'patch', at: 'hub', resource: 'clusters', name, type: 'merge', subresource: 'status', body: { status } },
});
const holding = (status: object, more: Partial<Cluster> = {}): Cluster => ({
  ...cluster('a'),
  ...{ status: status as ClusterStatus },
  ...more,
});

describe('the whole plan of a member', () => {
  it('is its status, if access is there', () =>
    expect(planMember(state())).toStrictEqual({ actions: [written(STATUS)], reasons: [] }));

  it('is nothing if the hub holds that already, in whatever order of fields', () => {
    const reversed = Object.fromEntries(Object.entries(STATUS).reverse());
    expect(planMember(state({ cluster: holding(reversed) }))).toStrictEqual({ actions: [], reasons: [] });
  });

  it('wakes when the heartbeat would be stale', () =>
    expect(planMember(state({ staleInMs: 7 }))).toStrictEqual({
      ...{ actions: [written(STATUS)], reasons: [], wakeAfterMs: 7 },
    }));

  it('says nothing of generation and version that are not known', () => {
    const { observedGeneration: _, kubernetesVersion: __, ...rest } = STATUS;
    const { observedGeneration: ___, ...condition } = ready('True', 'HeartbeatFresh', 'The agent reports.');
    const bare = { ...cluster('a'), metadata: { name: 'a' } };
    expect(planMember(state({ cluster: bare, kubernetesVersion: undefined })).actions).toStrictEqual([
      written({ ...rest, conditions: [condition] }),
    ]);
  });

  it.each([
    ['Stale', 'HeartbeatStale', 'No heartbeat of the agent for 40 s.'],
    ['Missing', 'HeartbeatMissing', 'The agent has never reported.'],
  ] as const)('tells of a member that is %s', (liveness, reason, message) =>
    expect(planMember(state({ liveness })).actions).toStrictEqual([
      written({ ...STATUS, conditions: [ready('False', reason, message)] }),
    ]),
  );

  it('tells a name that cannot be one, whatever its heartbeat', () => {
    const own = cluster('system');
    const condition = ready('False', 'InvalidClusterName', 'system cannot name a member.');
    const status = { ...STATUS, conditions: [condition], sources: [], targets: [] };
    expect(planMember(state({ cluster: own, clusters: [own] })).actions).toStrictEqual([written(status, 'system')]);
  });

  it('tells a cluster registered twice, and has no pairs for it', () => {
    const [a, b] = [cluster('a', { uid: 'u' }), cluster('b', { uid: 'u' })];
    const message = 'It is the same cluster as a, and takes no part under this name.';
    const status = { ...STATUS, conditions: [ready('False', 'SameCluster', message)], sources: [], targets: [] };
    expect(planMember(state({ cluster: b, clusters: [a, b] })).actions).toStrictEqual([written(status, 'b')]);
  });

  it('gives others no pair with a name that is none', () => {
    const clusters = [cluster('a'), cluster('system'), cluster('x--y')];
    expect(planMember(state({ clusters })).actions).toStrictEqual([written(STATUS)]);
  });
});

it.each([
  ['a', true],
  ['system', false],
  ['a--b', false],
])('isMember %s: %s', (name, member) => expect(isMember(cluster(name))).toBe(member));

describe('the time of the last transition', () => {
  const EARLIER = '2025-12-31T00:00:00Z';
  const since = (conditions: object[]) => {
    const [action] = planMember(state({ cluster: holding({ conditions }) })).actions;
    if (action?.do !== 'patch') throw new Error('no status is written');
    return (action.body as { status: ClusterStatus }).status.conditions?.[0]?.lastTransitionTime;
  };
  const told = { ...ready('True', 'x', 'y'), lastTransitionTime: EARLIER };
  const { lastTransitionTime: _, ...timeless } = told;

  it.each([
    ['stays while the status does', [told], EARLIER],
    ['is now if the status changes', [{ ...told, status: 'False' }], TIME],
    ['is that of the condition Ready', [{ ...told, type: 'Other' }], TIME],
    ['is found behind other conditions', [{ ...told, type: 'Other', lastTransitionTime: 'x' }, told], EARLIER],
    ['is now if nobody wrote it', [timeless], TIME],
  ])('%s', (_, conditions, time) => expect(since(conditions)).toBe(time));
});

describe('pairs in the status', () => {
  it('are sorted by name', () => {
    const clusters = ['c', 'a', 'b'].map((name) => cluster(name));
    expect(planMember(state({ clusters, isOnline: (name) => name === 'b' })).actions).toStrictEqual([
      written({ ...STATUS, sources: ['a', 'b', 'c'], targets: ['a', 'b', 'c'], offlineTargets: ['a', 'c'] }),
    ]);
  });
});

describe('direct ways in the status', () => {
  const clusters = ['a', 'b', 'c'].map((name) => cluster(name));
  const all = { ...STATUS, sources: ['a', 'b', 'c'], targets: ['a', 'b', 'c'] };
  const at = { server: 'https://10.0.0.2:9446', ca: 'pem' };

  it('are those of its targets that say how they are reached', () => {
    const directOf = (name: string) => (name === 'b' || name === 'other' ? at : undefined);
    expect(planMember(state({ clusters, directOf })).actions).toStrictEqual([
      written({ ...all, directTargets: [{ name: 'b', ...at }] }),
    ]);
  });

  it('are taken away when no target says so any more', () => {
    const before = holding({ ...all, directTargets: [{ name: 'b', ...at }] });
    expect(planMember(state({ cluster: before, clusters })).actions).toStrictEqual([
      written({ ...all, directTargets: [] }),
    ]);
  });
});

describe('room in the status', () => {
  const nodes = [
    node('1', { cpu: '1500m' }),
    node('2', { cpu: '500m' }, { cordoned: false }),
    node('3', { cpu: '9' }, { ready: false }),
    node('4', { cpu: '9' }, { cordoned: true }),
  ];
  const pools = [pool('a', nodes)];
  const sum = { ...STATUS, nodes: 4, room: { cpu: '2', memory: '16Gi', pods: '220' } };

  it('is that of nodes that take pods, out of all', () =>
    expect(planMember(state({ pools })).actions).toStrictEqual([written(sum)]));

  it('of several pools is summed up', () =>
    expect(planMember(state({ pools: [...pools, pool('a', [node('5', { cpu: '1' })])] })).actions).toStrictEqual([
      written({ ...sum, nodes: 5, room: { cpu: '3', memory: '24Gi', pods: '330' } }),
    ]));

  it('takes away what no node has any more', () =>
    expect(planMember(state({ cluster: holding({ ...STATUS, room: { gpu: '1' } }), pools })).actions).toStrictEqual([
      written({ ...sum, room: { gpu: null, ...sum.room } }),
    ]));

  it('is written at once if it never was', () =>
    expect(planMember(state({ cluster: holding(STATUS), pools })).actions).toStrictEqual([written(sum)]));

  it.each([
    [1_999, 1],
    [0, 2_000],
  ])('waits for two seconds after a write: %d ms later, look again in %d ms', (ago, wakeAfterMs) => {
    const recent = { cluster: holding(STATUS), writtenAt: NOW - ago, pools };
    const plan = { actions: [], reasons: [], wakeAfterMs };
    expect(planMember(state(recent))).toStrictEqual(plan);
    expect(planMember(state({ ...recent, staleInMs: 5_000 }))).toStrictEqual(plan);
    expect(planMember(state({ ...recent, staleInMs: 0 }))).toStrictEqual({ ...plan, wakeAfterMs: 0 });
  });

  it('waits no longer than two seconds, and not with other news', () => {
    const recent = { cluster: holding(STATUS), pools };
    expect(planMember(state({ ...recent, writtenAt: NOW - 2_000 })).actions).toStrictEqual([written(sum)]);
    const news = { ...recent, writtenAt: NOW, kubernetesVersion: 'v1.35.0' };
    expect(planMember(state(news))).toStrictEqual({
      actions: [written({ ...sum, kubernetesVersion: 'v1.35.0' })],
      reasons: [],
    });
  });

  it('lets only the number of nodes wait, too', () => {
    const more = [pool('a', [node('1', { cpu: '1' }, { ready: false })])];
    expect(planMember(state({ cluster: holding(STATUS), writtenAt: NOW, pools: more })).actions).toEqual([]);
  });
});

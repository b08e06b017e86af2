import { describe, expect, it } from 'vitest';
import type { Action, Cluster, ClusterStatus } from '../../api/index.ts';
import { cluster, node, pool } from '../test-objects.ts';
import { type MemberState, planMember } from './plan.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const everything = { namespace: () => true, roleBinding: (key: string) => `uid of ${key}` };
const nothing = { namespace: () => false, roleBinding: () => undefined };

const state = (more: Partial<MemberState> = {}): MemberState => ({
  ...{ cluster: cluster('a'), clusters: [cluster('a')], liveness: 'Fresh', kubernetesVersion: 'v1.34.0' },
  ...{
    isOnline: () => true,
    directOf: () => undefined,
    pools: [],
    existing: everything,
    writtenAt: undefined,
    now: NOW,
  },
  ...{ known: [], inUse: () => false },
  ...more,
});

/** The status that would be written. */
function statusOf(more: Partial<MemberState>): ClusterStatus {
  for (const action of planMember(state(more)).actions)
    if (action.do === 'patch') return (action.body as { status: ClusterStatus }).status;
  throw new Error('no status is written');
}

/** As the hub would hold it afterwards. */
const settled = (more: Partial<MemberState> = {}): Cluster => ({ ...cluster('a'), status: statusOf(more) });

const created = (actions: Action[]): string[] =>
  actions.flatMap((action) => {
    if (action.do !== 'create') return [];
    const { namespace, name } = action.object.metadata;
    return [namespace === undefined ? name : `${namespace}/${name}`];
  });

describe('status', () => {
  it.each([
    ['Fresh', 'True', 'HeartbeatFresh'],
    ['Stale', 'False', 'HeartbeatStale'],
    ['Missing', 'False', 'HeartbeatMissing'],
  ] as const)('of a member that is %s', (liveness, status, reason) =>
    expect(statusOf({ liveness }).conditions).toMatchObject([
      { type: 'Ready', status, reason, observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]),
  );

  it('names the targets that do not report', () => {
    const clusters = [cluster('a'), cluster('b'), cluster('c')];
    const told = statusOf({ clusters, isOnline: (name) => name !== 'c' });
    expect(told).toMatchObject({ targets: ['a', 'b', 'c'], offlineTargets: ['c'] });
  });

  it('tells a cluster that is registered under two names, which takes part under the first', () => {
    const [first, second] = [cluster('a', { uid: 'u' }), cluster('b', { uid: 'u' })];
    const clusters = [first, second, cluster('c', { uid: 'w' })];
    expect(statusOf({ cluster: second, clusters })).toMatchObject({
      conditions: [{ type: 'Ready', status: 'False', reason: 'SameCluster' }],
      ...{ sources: [], targets: [] },
    });
    expect(statusOf({ cluster: first, clusters })).toMatchObject({
      conditions: [{ type: 'Ready', status: 'True' }],
      ...{ sources: ['a', 'c'], targets: ['a', 'c'] },
    });
  });

  it('is not written again', () => expect(planMember(state({ cluster: settled() })).actions).toEqual([]));

  it('keeps the time of the last transition', () => {
    const later = { cluster: settled(), kubernetesVersion: 'v1.35.0', now: NOW + 9_000 };
    expect(statusOf(later).conditions?.[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
    expect(statusOf({ ...later, liveness: 'Stale' }).conditions?.[0]?.lastTransitionTime).toBe('2026-01-01T00:00:09Z');
  });

  it('sums room of nodes that take pods', () => {
    const nodes = [
      node('1', { cpu: '1500m' }),
      node('2', { cpu: '500m' }),
      node('3', { cpu: '9' }, { ready: false }),
      node('4', { cpu: '9' }, { cordoned: true }),
    ];
    expect(statusOf({ pools: [pool('a', nodes)] })).toMatchObject({ nodes: 4, room: { cpu: '2', memory: '16Gi' } });
  });

  it('takes resources away that no node has any more', () => {
    const before = settled({ pools: [pool('a', [node('1', { cpu: '1', gpu: '1' })])] });
    expect(statusOf({ cluster: before, pools: [pool('a', [node('1', { cpu: '1' })])] }).room).toMatchObject({
      gpu: null,
    });
  });

  it('lets room wait for two seconds, but nothing else', () => {
    const pools = [pool('a', [node('1', { cpu: '1' })])];
    const recent = { cluster: settled(), writtenAt: NOW - 500, pools };
    expect(planMember(state(recent))).toMatchObject({ actions: [], wakeAfterMs: 1_500 });
    expect(planMember(state({ ...recent, writtenAt: NOW - 2_000 })).actions).toHaveLength(1);
    expect(planMember(state({ ...recent, liveness: 'Stale' })).actions).toHaveLength(1);
  });

  it('looks again when the heartbeat would be stale', () =>
    expect(planMember(state({ cluster: settled(), staleInMs: 7 })).wakeAfterMs).toBe(7));
});

describe('pairs', () => {
  const a = cluster('a', { roles: ['Source'], accept: { sources: ['*'], namespaces: ['*'] } });
  const b = cluster('b', { accept: { sources: ['a', 'b'], namespaces: ['*'] } });
  const c = cluster('c', { roles: ['Target'], accept: { sources: ['b'], namespaces: ['*'] } });
  const clusters = [c, b, a];

  it('are who accepts whom, with the roles for it', () => {
    expect(statusOf({ cluster: a, clusters })).toMatchObject({ sources: [], targets: ['b'] });
    expect(statusOf({ cluster: b, clusters })).toMatchObject({ sources: ['a', 'b'], targets: ['b', 'c'] });
    expect(statusOf({ cluster: c, clusters })).toMatchObject({ sources: ['b'], targets: [] });
  });

  it('get namespaces and bindings, before the status tells of them', () => {
    const { actions } = planMember(state({ cluster: b, clusters, existing: nothing }));
    expect(created(actions)).toEqual([
      ...['berth-b', 'berth-b/berth-member'],
      ...['berth-b--b', 'berth-b--b/berth-source', 'berth-b--b/berth-target'],
      ...['berth-a--b', 'berth-a--b/berth-source', 'berth-a--b/berth-target'],
      ...['berth-b--c', 'berth-b--c/berth-source', 'berth-b--c/berth-target'],
    ]);
    expect(actions.at(-1)?.do).toBe('patch');
  });

  it('bind each half to its agent', () => {
    const { actions } = planMember(state({ cluster: c, clusters, existing: nothing }));
    const subjects = actions.flatMap((action) =>
      action.do === 'create' && action.object.metadata.namespace === 'berth-b--c' ? [action.object] : [],
    );
    expect(subjects).toMatchObject([
      { roleRef: { name: 'berth-hub-source' }, subjects: [{ name: 'agent-b', namespace: 'berth-system' }] },
      { roleRef: { name: 'berth-hub-target' }, subjects: [{ name: 'agent-c', namespace: 'berth-system' }] },
    ]);
  });

  describe('that are not allowed any more', () => {
    const known = [
      { source: 'a', target: 'b' },
      { source: 'c', target: 'b' },
    ];
    const former = { cluster: b, clusters, known };

    it('go when nothing of them is left, after the status', () => {
      const { actions } = planMember(state(former));
      expect(actions.map((action) => `${action.do} ${'name' in action ? action.name : ''}`)).toEqual([
        'patch b',
        'delete berth-source',
        'delete berth-target',
      ]);
      expect(actions[1]).toMatchObject({ namespace: 'berth-c--b', uid: 'uid of berth-c--b/berth-source' });
      expect(statusOf(former)).toMatchObject({ sources: ['a', 'b'] });
    });

    it('stay, and are told of, while something of them is left', () => {
      const inUse = { ...former, inUse: ({ source }: { source: string }) => source === 'c' };
      expect(planMember(state(inUse)).actions.map((action) => action.do)).toEqual(['patch']);
      expect(statusOf(inUse)).toMatchObject({ sources: ['a', 'b', 'c'] });
    });

    it('come back for a decision that was under way', () => {
      const late = { ...former, inUse: ({ source }: { source: string }) => source === 'c', existing: nothing };
      expect(created(planMember(state(late)).actions)).toContain('berth-c--b/berth-source');
    });

    it('have nothing to take back twice', () => {
      const { actions } = planMember(state({ ...former, existing: nothing }));
      expect(actions.map((action) => action.do)).not.toContain('delete');
    });
  });

  it('are nothing for a name whose namespace is ours', () => {
    const own = cluster('system');
    const plan = planMember(state({ cluster: own, clusters: [own], existing: nothing }));
    expect(created(plan.actions)).toEqual([]);
    expect(plan.actions).toMatchObject([{ body: { status: { conditions: [{ reason: 'InvalidClusterName' }] } } }]);
  });
});

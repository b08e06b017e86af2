import { describe, expect, it } from 'vitest';
import type { NodeRoom, NodeShape, PodObservation } from '../../api/index.ts';
import { ClusterRoom } from '../snapshot/cluster-room.ts';
import { node, observation, pool } from '../test-objects.ts';
import { requestOf } from './demand.ts';
import { ClusterView } from './view.ts';
import { Views, viewOf } from './views.ts';

const demandOf = (spec: Partial<PodObservation['spec']> = {}) =>
  requestOf('a', observation('a', 'u', spec).spec).demand;

function setUp(spec: Partial<PodObservation['spec']>, ...nodes: NodeRoom[]) {
  const room = new ClusterRoom({ count: 0 });
  const view = new ClusterView(demandOf(spec));
  const report = (pool_: string, shape: Partial<NodeShape>, ...reported: NodeRoom[]) => {
    room.applyPool(pool_, pool('a', reported, shape).spec);
    view.sync(room);
  };
  report('p', {}, ...nodes);
  return { room, view, report, best: () => view.best(room)?.name };
}

const cpu = (name: string, amount: string, more: Partial<NodeRoom> = {}) => node(name, { cpu: amount }, more);

describe('total', () => {
  it('is how many pods go in, over all nodes', () =>
    expect(setUp({}, cpu('1', '2'), cpu('2', '3'), cpu('3', '9', { ready: false })).view.total).toBe(5));

  it('follows every change', () => {
    const { room, view, report } = setUp({}, cpu('1', '2'), cpu('2', '3'));
    report('p', {}, cpu('1', '2'), cpu('2', '1'));
    expect(view.total).toBe(3);
    report('q', {}, cpu('3', '4'));
    expect(view.total).toBe(7);
    report('p', {});
    expect(view.total).toBe(4);
    room.charge('3', { cpu: 1000 }, 1);
    expect(view.total).toBe(4);
    view.sync(room);
    view.sync(room);
    expect(view.total).toBe(3);
  });

  it('is right for many nodes that come after few, and after more changes than the log holds', () => {
    const { room, view, report, best } = setUp({}, cpu('0', '1'));
    const many = Array.from({ length: 40 }, (_, at) => cpu(`${at}`, '1'));
    report('p', {}, ...many);
    expect([view.total, best()]).toEqual([40, '0']);
    for (let i = 0; i < 5_000; i++) room.charge('7', { cpu: 1 }, 1);
    view.sync(room);
    expect(view.total).toBe(39);
  });
});

describe('best', () => {
  it('is the node with the greatest share left over, not with most room', () => {
    const { report, best } = setUp({}, cpu('big', '4'));
    report('q', { allocatable: { cpu: '4', memory: '8Gi' } }, cpu('small', '3'));
    expect(best()).toBe('small');
  });

  it('counts memory as much as CPU', () => {
    const fast = node('fast', { cpu: '7', memory: '2Gi' });
    const wide = node('wide', { cpu: '4', memory: '8Gi' });
    expect(setUp({}, fast, wide).best()).toBe('wide');
  });

  it('looks at what the pod leaves, by shares of the node', () => {
    const { report, best } = setUp({ requests: { cpu: '2' } }, cpu('big', '6'));
    report('q', { allocatable: { cpu: '4', memory: '8Gi' } }, cpu('small', '3'));
    expect(best()).toBe('big');
  });

  it('goes by name on a tie, whichever is told first', () => {
    expect(setUp({}, cpu('2', '4'), cpu('1', '4'), cpu('3', '4')).best()).toBe('1');
    expect(setUp({}, cpu('1', '4'), cpu('2', '4')).best()).toBe('1');
  });

  it('passes over nodes that do not take the pod, however free', () =>
    expect(setUp({}, cpu('1', '9', { ready: false }), cpu('2', '1'), cpu('3', '9', { cordoned: true })).best()).toBe(
      '2',
    ));

  it('is none if none fits, or there is none', () => {
    expect(setUp({}, cpu('1', '0')).best()).toBeUndefined();
    const { report, best } = setUp({}, cpu('1', '9'));
    report('p', {});
    expect(best()).toBeUndefined();
  });

  it('takes a node that has neither CPU nor memory to count by', () => {
    const { report, best } = setUp({ requests: {} });
    report('q', { allocatable: { pods: '9' } }, { name: 'n', room: { pods: '9' }, ready: true });
    expect(best()).toBe('n');
  });

  it('may be below zero where more is counted than there is', () => {
    const { report, best } = setUp({ requests: {} });
    report('q', { allocatable: { cpu: '1', pods: '9' } }, node('n', { cpu: '-2' }), node('m', { cpu: '-3' }));
    expect(best()).toBe('n');
  });
});

describe('why', () => {
  const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
  const why = (spec: Partial<PodObservation['spec']>, ...nodes: NodeRoom[]) => setUp(spec, ...nodes).view.why();

  it('says that there are no nodes', () => expect(why({})).toStrictEqual({ reason: 'NoNodes', message: 'no nodes' }));

  it('names first what is nearest to a fit, each once, without counts', () => {
    const selecting = setUp({ nodeSelector: { zone: 'a' } }, cpu('1', '0'), cpu('2', '9'));
    selecting.report('q', { labels: { zone: 'a' } }, cpu('3', '0'), cpu('4', '0'), cpu('5', '9', { cordoned: true }));
    selecting.report('r', { taints }, cpu('6', '9'), cpu('7', '9', { ready: false }));
    expect(selecting.view.why()).toStrictEqual({
      reason: 'Insufficient',
      message: [
        ...['insufficient cpu', 'node cordoned', 'node not ready', 'taint {gpu=yes:NoSchedule} not tolerated'],
        "no node matches the pod's node selector or affinity",
      ].join(', '),
    });
  });

  it('names each lacking resource once, and in order', () => {
    const lacking = [node('1', { cpu: '9', memory: '0' }), node('2', { cpu: '0', memory: '0' }), cpu('3', '0')];
    const requests = { cpu: '1', memory: '1Gi' };
    const message = 'insufficient cpu, insufficient memory';
    expect(why({ requests }, ...lacking)).toStrictEqual({ reason: 'Insufficient', message });
    expect(why({ requests }, ...lacking.reverse()).message).toBe(message);
  });

  it('names six at most', () => {
    const requests = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, '1']));
    expect(why({ requests }, cpu('1', '1')).message).toBe(
      'insufficient a, insufficient b, insufficient c, insufficient d, insufficient e, insufficient f',
    );
  });

  it('goes by text among taints', () => {
    const { report, view } = setUp({});
    report('q', { taints: [{ key: 'z', effect: 'NoExecute' }] }, cpu('1', '9'));
    report('r', { taints: [{ key: 'y', effect: 'NoSchedule' }] }, cpu('2', '9'));
    expect(view.why()).toStrictEqual({
      reason: 'TaintNotTolerated',
      message: 'taint {y:NoSchedule} not tolerated, taint {z:NoExecute} not tolerated',
    });
  });

  it('forgets what is over', () => {
    const { report, view } = setUp({}, cpu('1', '0'), cpu('2', '9', { ready: false }));
    report('p', {}, cpu('1', '0'), cpu('2', '0'));
    expect(view.why()).toStrictEqual({ reason: 'Insufficient', message: 'insufficient cpu' });
    report('p', {}, cpu('1', '0', { ready: false }));
    expect(view.why()).toStrictEqual({ reason: 'NotReady', message: 'node not ready' });
    report('p', {});
    expect(view.why().reason).toBe('NoNodes');
  });
});

it.each([
  [{ nodeSelector: { 'kubernetes.io/hostname': '2' } }, 9],
  [{ nodeAffinity: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['2'] }] }] }, 9],
  [{ nodeAffinity: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['1'] }] }] }, 9],
  [{ nodeAffinity: [{ matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }] }, 12],
])('tells nodes of one shape apart by name where the pod does: %j', (spec, total) =>
  expect(setUp(spec, cpu('1', '3'), cpu('2', '9')).view.total).toBe(total),
);

describe('views', () => {
  const keyed = (key: string) => ({ ...demandOf(), key });

  it('are one per demand and cluster, kept up to date', () => {
    const [views, room] = [new Views(), new ClusterRoom({ count: 0 })];
    room.applyPool('p', pool('a', [cpu('1', '2')]).spec);
    const view = viewOf(views.of(demandOf(), 1), demandOf(), 'a', room);
    expect(view.total).toBe(2);
    room.charge('1', { cpu: 1000 }, 1);
    expect(viewOf(views.of(demandOf(), 1), demandOf(), 'a', room)).toBe(view);
    expect(view.total).toBe(1);
    expect(viewOf(views.of(demandOf(), 1), demandOf(), 'b', room)).not.toBe(view);
  });

  it.each([
    [4_000_000, 8],
    [399_999, 10],
    [499_999, 8],
    [444_443, 9],
  ])('of %d nodes are kept for the last %d demands', (nodes, most) => {
    const views = new Views();
    const first = views.of(keyed('0'), nodes);
    const second = views.of(keyed('1'), nodes);
    for (let n = 2; n < most; n++) views.of(keyed(`${n}`), nodes);
    expect(views.of(keyed('0'), nodes)).toBe(first);
    views.of(keyed('one more'), nodes);
    expect(views.of(keyed('0'), nodes)).toBe(first);
    expect(views.of(keyed('1'), nodes)).not.toBe(second);
  });
});

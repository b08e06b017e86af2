import { describe, expect, it } from 'vitest';
import { node, pool } from '../test-objects.ts';
import { ClusterRoom } from './cluster-room.ts';

const spec = (...nodes: ReturnType<typeof node>[]) => pool('a', nodes).spec;
const free = (room: ClusterRoom, name: string) => room.node(name)?.free['cpu'];

function roomOf(...nodes: ReturnType<typeof node>[]) {
  const news = { count: 0 };
  const room = new ClusterRoom(news);
  room.applyPool('p', spec(...nodes));
  return { room, news };
}

describe('ClusterRoom', () => {
  it('subtracts charges from reports, in either order', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }));
    room.charge('n1', { cpu: 1000 }, 1);
    room.charge('n2', { cpu: 500 }, 1);
    room.applyPool('p', spec(node('n1', { cpu: '3' }), node('n2', { cpu: '2' })));
    expect([free(room, 'n1'), free(room, 'n2')]).toEqual([2000, 1500]);
    room.charge('n1', { cpu: 1000 }, -1);
    expect(free(room, 'n1')).toBe(3000);
  });

  it('remembers charges of a node that goes and comes back', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }));
    room.charge('n1', { cpu: 1000 }, 1);
    room.applyPool('p', spec());
    expect(room.node('n1')).toBeUndefined();
    room.applyPool('p', spec(node('n1', { cpu: '4' })));
    expect(free(room, 'n1')).toBe(3000);
  });

  it('keeps a node that moves from one pool to another, whichever report comes first', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }));
    room.applyPool('q', spec(node('n1', { cpu: '2' })));
    room.applyPool('p', undefined);
    expect(free(room, 'n1')).toBe(2000);
    room.applyPool('p', spec(node('n1', { cpu: '1' })));
    room.applyPool('p', undefined);
    expect(free(room, 'n1')).toBe(2000);
    expect(room.size).toBe(1);
  });

  it('has no news when room only becomes less or nothing changes', () => {
    const { room, news } = roomOf(node('n1', { cpu: '4' }));
    const before = news.count;
    room.applyPool('p', spec(node('n1', { cpu: '4' })));
    room.applyPool('p', spec(node('n1', { cpu: '3' })));
    room.charge('n1', { cpu: 1000 }, 1);
    expect(news.count).toBe(before);
  });

  it.each([
    ['more room', node('n1', { cpu: '5' })],
    ['a cordon', node('n1', { cpu: '4' }, { cordoned: true })],
    ['a node not ready', node('n1', { cpu: '4' }, { ready: false })],
    ['another node', node('n2', { cpu: '4' })],
  ])('has news of %s', (_, changed) => {
    const { room, news } = roomOf(node('n1', { cpu: '4' }));
    const before = news.count;
    room.applyPool('p', spec(changed));
    expect(news.count).toBeGreaterThan(before);
  });

  it('tells what changed, and when the log no longer reaches back', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }), node('n2', { cpu: '4' }));
    const since = room.sequence;
    room.charge('n2', { cpu: 1 }, 1);
    expect(room.changedSince(since)).toEqual([room.node('n2')?.slot]);
    for (let i = 0; i < 5000; i++) room.charge('n1', { cpu: 1 }, 1);
    expect(room.changedSince(since)).toBeUndefined();
    expect(room.changedSince(room.sequence)).toEqual([]);
  });
});

describe('overfull nodes', () => {
  it('are those on which more is counted than they have, as long as that is so', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }), node('n2', { cpu: '4' }));
    room.charge('n1', { cpu: 4000 }, 1);
    expect([...room.overfull]).toEqual([]);
    room.charge('n1', { cpu: 1 }, 1);
    expect([...room.overfull]).toEqual(['n1']);
    room.charge('n1', { cpu: 1 }, -1);
    expect([...room.overfull]).toEqual([]);
    room.applyPool('p', spec(node('n1', { cpu: '3' }), node('n2', { cpu: '4' })));
    expect([...room.overfull]).toEqual(['n1']);
    room.applyPool('p', spec(node('n2', { cpu: '4' })));
    expect([...room.overfull]).toEqual([]);
  });

  it('are news when one of the pods assumed there turns out to be elsewhere', () => {
    const { room, news } = roomOf(node('n1', { cpu: '4' }));
    const [one, two] = [{ cpu: 3000 }, { cpu: 2000 }];
    for (const pod of [one, two]) room.assume('n1', pod, 1);
    expect(room.assumedOn('n1')).toEqual([one, two]);
    const before = news.count;
    room.assume('n1', one, -1);
    expect(news.count).toBe(before);
    room.charge('n1', { cpu: 5000 }, 1);
    room.assume('n1', one, 1);
    expect(news.count).toBe(before);
    room.assume('n1', two, -1);
    expect([room.assumedOn('n1'), news.count]).toEqual([[one], before + 1]);
    room.assume('n1', one, -1);
    expect(room.assumedOn('n1')).toEqual([]);
  });
});

describe('slots', () => {
  it('are used again, and a node that goes is news', () => {
    const { room, news } = roomOf(node('n1', { cpu: '4' }), node('n2', { cpu: '4' }));
    const before = news.count;
    room.applyPool('p', spec(node('n2', { cpu: '4' })));
    expect([room.slots.map((each) => each?.name), news.count]).toEqual([[undefined, 'n2'], before + 1]);
    room.applyPool('p', spec(node('n2', { cpu: '4' }), node('n3', { cpu: '4' })));
    expect(room.slots.map((each) => each?.name)).toEqual(['n3', 'n2']);
    expect([...room.nodes()].map(({ name }) => name)).toEqual(['n2', 'n3']);
  });

  it('change only when something does', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }));
    expect(room.sequence).toBe(1);
    room.applyPool('p', spec(node('n1', { cpu: '4' })));
    expect(room.sequence).toBe(1);
    expect(room.changedSince(0)).toEqual([0]);
  });

  it('are logged 4,096 changes back, then half of that', () => {
    const { room } = roomOf(node('n1', { cpu: '4' }));
    for (let n = 1; n < 4_096; n++) room.charge('n1', { cpu: 1 }, 1);
    expect([room.sequence, room.changedSince(0)?.length]).toEqual([4_096, 4_096]);
    room.charge('n1', { cpu: 1 }, 1);
    expect([room.sequence, room.changedSince(2_047), room.changedSince(2_048)?.length]).toEqual([
      4_097,
      undefined,
      2_049,
    ]);
    expect(room.changedSince(4_096)).toEqual([0]);
  });
});

it('nodes alike share a shape, apart from taints, labels and what they have', () => {
  const room = new ClusterRoom({ count: 0 });
  const taints = [{ key: 'gpu', effect: 'NoSchedule' }];
  room.applyPool('p', spec(node('n1', { cpu: '1' }), node('n2', { cpu: '2' })));
  room.applyPool('q', spec(node('n3', { cpu: '3' })));
  room.applyPool('r', pool('a', [node('n4', { cpu: '3' })], { taints }).spec);
  room.applyPool('s', pool('a', [node('n5', { cpu: '3' })], { taints: [] }).spec);
  const [one, two, three, four, five] = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => room.node(name)?.shape);
  expect([two === one, three === one, four === one, five === one]).toEqual([true, true, false, true]);
  expect(four?.taints).toEqual(taints);
});

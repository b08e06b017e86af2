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

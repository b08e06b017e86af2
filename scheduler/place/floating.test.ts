import { describe, expect, it } from 'vitest';
import type { Amounts } from '../../api/index.ts';
import { ClusterRoom } from '../snapshot/cluster-room.ts';
import { node, observation, pool } from '../test-objects.ts';
import { requestOf } from './demand.ts';
import { floating } from './floating.ts';

const demand = (cpu: string) =>
  requestOf('a', observation('a', 'u', { requests: { cpu }, nodeSelector: { zone: 'a' } }).spec).demand;

/** Pods of these cores, charged on a node of 4 and only assumed to be there, beside some that are. */
function roomWith(assumed: number[], confirmed = 0, zone = 'a'): ClusterRoom {
  const room = new ClusterRoom({ count: 0 });
  room.applyPool('p', pool('b', [node('n', { cpu: '4' })], { labels: { zone } }).spec);
  if (confirmed > 0) room.charge('n', { cpu: confirmed * 1000, pods: 1 }, 1);
  for (const cpu of assumed) {
    const pod: Amounts = { cpu: cpu * 1000, pods: 1 };
    room.charge('n', pod, 1);
    room.assume('n', pod, 1);
  }
  return room;
}

describe('floating', () => {
  it.each([
    ['none while nothing is overfull', [2, 2], 0, 0],
    ['none if all on the node are truly there', [], 5, 0],
    ['the one that cannot be there', [1], 4, 1],
    ['only as many as the node is short of room for', [1, 1, 1], 3, 2],
    ['all, if all are too many', [1, 1], 6, 2],
    ['the biggest first, for each takes the room of many', [1, 3], 3, 3],
    ['the biggest, whichever came first', [3, 1], 3, 3],
    ['of a big one as many as fit into its place, rounded up', [1.5], 4, 2],
  ] as const)('is %s', (_, assumed, confirmed, count) =>
    expect(floating(demand('1'), roomWith([...assumed], confirmed))).toBe(count),
  );

  it('counts small ones as one at most', () => expect(floating(demand('2'), roomWith([1, 1], 4))).toBe(2));

  it('does not matter to those who cannot go where the pods may', () =>
    expect(floating(demand('1'), roomWith([1], 4, 'b'))).toBe(0));

  it('does not matter any more once the node is gone', () => {
    const room = roomWith([1], 4);
    room.applyPool('p', undefined);
    expect(floating(demand('1'), room)).toBe(0);
  });

  it('sums up over nodes', () => {
    const room = roomWith([1], 4);
    room.applyPool('q', pool('b', [node('m', { cpu: '1' })], { labels: { zone: 'a' } }).spec);
    const pod = { cpu: 3000, pods: 1 };
    room.charge('m', pod, 1);
    room.assume('m', pod, 1);
    expect(floating(demand('1'), room)).toBe(4);
  });

  it('of two that take as many, first counts the one that asks for less in all', () => {
    const room = new ClusterRoom({ count: 0 });
    room.applyPool('p', pool('b', [node('n', { cpu: '1', memory: '8' })], { labels: { zone: 'a' } }).spec);
    for (const pod of [
      { cpu: 1000, memory: 8 },
      { cpu: 1000, memory: 0 },
    ]) {
      room.charge('n', pod, 1);
      room.assume('n', pod, 1);
    }
    expect(floating(demand('1'), room)).toBe(1);
  });
});

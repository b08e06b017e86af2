import { describe, expect, it } from 'vitest';
import { cluster, decision, delegation, node, observation, pool } from '../test-objects.ts';
import { type Fleet, snapshotOf } from './build.ts';

const NOTHING: Fleet = { clusters: [], pools: [], observations: [], decisions: [], delegations: [] };
const ready = (type: string, status: 'True' | 'False' | 'Unknown') => ({
  ...cluster('a'),
  status: { conditions: [{ type, status, reason: 'x', message: '' }] },
});
const room = (fleet: Partial<Fleet>, name: string) =>
  snapshotOf({ ...NOTHING, ...fleet })
    .room('a')
    .node(name)?.free['cpu'];

describe('snapshotOf', () => {
  it.each([
    ['Ready is True', ready('Ready', 'True'), true],
    ['Ready is False', ready('Ready', 'False'), false],
    ['only another condition is True', ready('Other', 'True'), false],
    ['there are no conditions', { ...cluster('a'), status: {} }, false],
    ['there is no status', cluster('a'), false],
  ])('takes a cluster for online as the scheduler wrote: %s', (_, registered, online) => {
    const snapshot = snapshotOf({ ...NOTHING, clusters: [registered] });
    expect(snapshot.members.map(({ name }) => name)).toEqual(['a']);
    expect(snapshot.isOnline('a')).toBe(online);
  });

  it('counts what is decided, and where delegates are', () => {
    const pools = [pool('a', [node('n', { cpu: '4' }), node('m', { cpu: '4' })])];
    const observations = [observation('a', 'u')];
    const decisions = [decision('a', 'u', { target: 'a', node: 'n' })];
    const delegations = [delegation(['a', 'a'], 'u', { status: { delegate: { uid: 'd', node: 'm' } } })];
    expect(room({ pools }, 'n')).toBe(4000);
    expect(room({ pools, observations }, 'n')).toBe(4000);
    expect(room({ pools, observations, decisions }, 'n')).toBe(3000);
    const all = { pools, observations, decisions, delegations };
    expect([room(all, 'n'), room(all, 'm')]).toEqual([4000, 3000]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../api/index.ts';
import { poolOf, poolSpec } from './shapes.ts';

const node = (
  name: string,
  change: { labels?: Record<string, string>; cpu?: string; spec?: Node['spec'] } = {},
): Node => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...change.labels } },
  ...(change.spec && { spec: change.spec }),
  status: {
    allocatable: { cpu: change.cpu ?? '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

describe('poolOf', () => {
  it('reads the clouds labels, else says default', () => {
    expect(poolOf(node('a'))).toBe('default');
    expect(poolOf(node('a', { labels: { 'karpenter.sh/nodepool': 'gpu' } }))).toBe('gpu');
  });

  it('leaves virtual nodes out', () => {
    expect(poolOf(node('v', { labels: { 'node.multicluster.admiralty.io/target': 'b' } }))).toBeUndefined();
  });

  it('is always a DNS label, and different for different pools', () => {
    const value = fc.string({ unit: fc.constantFrom(...'abAB09._-'), minLength: 1, maxLength: 63 });
    const name = (pool: string) => poolOf(node('a', { labels: { 'eks.amazonaws.com/nodegroup': pool } })) ?? '';
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(name(a)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        expect(name(a) === name(b)).toBe(a === b);
      }),
    );
  });
});

describe('poolSpec', () => {
  it('groups nodes that differ in host name only', () => {
    const { shapes } = poolSpec([node('b'), node('a'), node('c', { cpu: '8' })], () => ({}));
    expect(shapes.map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
    expect(shapes[0]?.labels).toEqual({});
  });

  it('subtracts what is used, never below zero', () => {
    const { shapes } = poolSpec([node('a')], () => ({ cpu: 1500, memory: 16 * 2 ** 30, pods: 2, foreign: 1 }));
    expect(shapes[0]?.nodes[0]?.room).toEqual({ cpu: '2500m', memory: '0', pods: '108' });
  });

  it('tells cordons, readiness, and host names that are not the name', () => {
    const cordoned = node('a', { labels: { 'kubernetes.io/hostname': 'host' }, spec: { unschedulable: true } });
    const away = { ...node('b'), status: { conditions: [{ type: 'Ready', status: 'Unknown' as const }] } };
    const rooms = poolSpec([cordoned, away], () => ({})).shapes.flatMap(({ nodes }) => nodes);
    expect(rooms[0]).toMatchObject({ hostname: 'host', cordoned: true, ready: true });
    expect(rooms[1]).toEqual({ name: 'b', room: {}, ready: false });
  });

  it('does not depend on the order of nodes, labels and taints', () => {
    const taints = [
      { key: 'x', effect: 'NoSchedule' },
      { key: 'y', effect: 'NoExecute' },
    ];
    const one = [node('a', { labels: { p: '1', q: '2' }, spec: { taints } }), node('b')];
    const two = [node('b'), node('a', { labels: { q: '2', p: '1' }, spec: { taints: taints.toReversed() } })];
    expect(JSON.stringify(poolSpec(one, () => ({})))).toBe(JSON.stringify(poolSpec(two, () => ({}))));
  });
});

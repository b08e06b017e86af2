import { describe, expect, it } from 'vitest';
import { DELEGATE, hash, type Node, type Pod } from '../../api/index.ts';
import { poolOf, poolSpec } from './shapes.ts';
import { Usage } from './usage.ts';

const HOST = 'kubernetes.io/hostname';
const named = (pool: string): Node => ({ metadata: { name: 'a', labels: { 'karpenter.sh/nodepool': pool } } });

describe('the pool of a node', () => {
  it.each([
    'cloud.google.com/gke-nodepool',
    'eks.amazonaws.com/nodegroup',
    'kubernetes.azure.com/agentpool',
    'karpenter.sh/nodepool',
  ])('is what %s says', (label) => {
    expect(poolOf({ metadata: { name: 'a', labels: { [label]: 'gpu' } } })).toBe('gpu');
  });

  it.each([
    ['is the default without labels', { metadata: { name: 'a' } }, 'default'],
    ['is the default if its label is empty', named(''), 'default'],
    ['may have a name of one character', named('a'), 'a'],
    ['may have a name of 63 characters', named(`a${'-'.repeat(61)}b`), `a${'-'.repeat(61)}b`],
    ['is in small letters', named('My_Pool'), `my-pool-${hash('My_Pool')}`],
    ['has one dash for many strange characters', named('a_._b'), `a-b-${hash('a_._b')}`],
    ['begins with no dash', named('.a'), `a-${hash('.a')}`],
    ['ends with no two dashes', named('a.'), `a-${hash('a.')}`],
    [
      'ends with no two dashes where it is cut',
      named(`${'a'.repeat(49)}.b`),
      `${'a'.repeat(49)}-${hash(`${'a'.repeat(49)}.b`)}`,
    ],
    ['is cut after 50 characters', named('a'.repeat(64)), `${'a'.repeat(50)}-${hash('a'.repeat(64))}`],
    ['has a name even if nothing of it can be read', named('._.'), `pool-${hash('._.')}`],
  ])('%s', (_, node, pool) => {
    expect(poolOf(node)).toBe(pool);
  });
});

describe('the observation of a pool', () => {
  const spec = (...nodes: Node[]) => poolSpec(nodes, () => ({ cpu: 500 }));
  const conditions = (type: string, status: 'True' | 'False') => ({ status: { conditions: [{ type, status }] } });
  const bare = { labels: {}, allocatable: {} };

  it('says of a bare node that it is not ready, and no more', () => {
    expect(spec({ metadata: { name: 'a' } })).toStrictEqual({
      shapes: [{ ...bare, nodes: [{ name: 'a', room: {}, ready: false }] }],
    });
    expect(spec()).toStrictEqual({ shapes: [] });
  });

  it('says all there is to say of a node', () => {
    const node: Node = {
      metadata: { name: 'a', labels: { z: '1', [HOST]: 'host', b: '2' } },
      spec: {
        unschedulable: true,
        taints: [
          { key: 'k', effect: 'NoSchedule' },
          { key: 'j', value: 'v', effect: 'e' },
        ],
      },
      status: { allocatable: { pods: '10', cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    const [shape, ...others] = spec(node).shapes;
    expect(others).toEqual([]);
    expect(shape).toStrictEqual({
      labels: { b: '2', z: '1' },
      taints: [
        { key: 'j', value: 'v', effect: 'e' },
        { key: 'k', effect: 'NoSchedule' },
      ],
      allocatable: { cpu: '2', pods: '10' },
      nodes: [{ name: 'a', hostname: 'host', room: { cpu: '1500m', pods: '10' }, ready: true, cordoned: true }],
    });
    expect(Object.keys(shape?.labels ?? {})).toEqual(['b', 'z']);
  });

  it.each<[string, Partial<Node>, object]>([
    ['that is Ready', conditions('Ready', 'True'), { ready: true }],
    ['that is not', conditions('Ready', 'False'), { ready: false }],
    ['of which only another condition is true', conditions('MemoryPressure', 'True'), { ready: false }],
    ['that is not cordoned', { spec: { unschedulable: false } }, { ready: false }],
    ['whose host name is its name', { metadata: { name: 'a', labels: { [HOST]: 'a' } } }, { ready: false }],
    [
      'whose host name is another',
      { metadata: { name: 'a', labels: { [HOST]: 'h' } } },
      { hostname: 'h', ready: false },
    ],
  ])('tells a node %s', (_, change, then) => {
    expect(spec({ metadata: { name: 'a' }, ...change })).toStrictEqual({
      shapes: [{ ...bare, nodes: [{ name: 'a', room: {}, ...then }] }],
    });
  });

  it('has shapes and nodes in the order of names', () => {
    const big = (name: string): Node => ({ metadata: { name }, status: { allocatable: { cpu: '9' } } });
    const small = (name: string): Node => ({ metadata: { name } });
    const { shapes } = spec(big('d'), small('c'), small('a'), big('b'));
    expect(shapes.map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('has taints of one key in the order of their effects', () => {
    const taints = [
      { key: 'k', effect: 'NoSchedule' },
      { key: 'k', effect: 'NoExecute' },
    ];
    const shape = spec({ metadata: { name: 'a' }, spec: { taints } }).shapes[0];
    expect(shape?.taints).toStrictEqual(taints.toReversed());
    expect(spec({ metadata: { name: 'a' }, spec: { taints: [] } }).shapes[0]).not.toHaveProperty('taints');
  });
});

describe('Usage', () => {
  const pod = (nodeName: string, change: Partial<Pod> = {}): Pod => ({
    metadata: { name: 'p' },
    spec: { nodeName, containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] },
    ...change,
  });

  it('follows a pod from node to node, and to its end', () => {
    const usage = new Usage();
    expect(usage.apply(undefined, undefined)).toEqual([]);
    expect(usage.apply(undefined, pod('a'))).toEqual(['a']);
    expect(usage.apply(pod('a'), pod('b'))).toEqual(['a', 'b']);
    expect([usage.on('a'), usage.on('b')]).toStrictEqual([{}, { cpu: 1000, pods: 1 }]);
    expect(usage.apply(pod('b'), pod('b', { status: { phase: 'Succeeded' } }))).toEqual(['b']);
    expect(usage.on('b')).toStrictEqual({});
  });

  it('forgets what a node had when its last pod has gone, and not before', () => {
    const usage = new Usage();
    const odd = pod('a', {
      spec: { nodeName: 'a', containers: [{ name: 'c', resources: { requests: { gpu: '1' } } }] },
    });
    usage.apply(undefined, pod('a'));
    usage.apply(undefined, odd);
    usage.apply(odd, undefined);
    expect(usage.on('a')).toStrictEqual({ cpu: 1000, pods: 1, gpu: 0 });
    usage.apply(pod('a'), undefined);
    expect(usage.on('a')).toStrictEqual({});
  });

  it('counts no delegates, but pods with other labels', () => {
    const usage = new Usage();
    expect(usage.apply(undefined, pod('a', { metadata: { name: 'p', labels: { [DELEGATE.source]: '' } } }))).toEqual(
      [],
    );
    expect(usage.apply(undefined, pod('a', { metadata: { name: 'p', labels: { app: 'x' } } }))).toEqual(['a']);
  });
});

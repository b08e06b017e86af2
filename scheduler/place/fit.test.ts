import { describe, expect, it } from 'vitest';
import type { NodeRoom, NodeShape, PodObservation } from '../../api/index.ts';
import { nodeOf, shapeOf } from '../snapshot/node.ts';
import { node, observation } from '../test-objects.ts';
import { requestOf } from './demand.ts';
import { misfit, replicas } from './fit.ts';

interface Given {
  pod?: Partial<PodObservation['spec']>;
  shape?: Partial<NodeShape>;
  room?: Record<string, string>;
  node?: Partial<NodeRoom>;
}

const demandOf = (pod: Given['pod']) => requestOf('source', observation('source', 'u', pod).spec).demand;

function stateOf({ shape, room, node: more }: Given) {
  const alike = shapeOf({ labels: {}, allocatable: { cpu: '8' }, nodes: [], ...shape });
  return nodeOf(0, alike, node('n1', { cpu: '2', ...room }, more), undefined);
}

const why = (given: Given) => misfit(demandOf(given.pod), stateOf(given))?.message;

const TAINT = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
const term = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

describe('room', () => {
  it('fits to the last millicore', () => expect(why({ pod: { requests: { cpu: '2' } } })).toBeUndefined());
  it('names what is lacking, sorted', () =>
    expect(why({ pod: { requests: { memory: '9Gi', cpu: '2001m' } } })).toBe('insufficient cpu, insufficient memory'));
  it('knows extended resources by their absence', () =>
    expect(why({ pod: { requests: { 'nvidia.com/gpu': '1' } } })).toBe('insufficient nvidia.com/gpu'));
  it('ignores requests of zero', () => expect(why({ pod: { requests: { 'nvidia.com/gpu': '0' } } })).toBeUndefined());
  it('takes a pod slot, also if the observation does not say so', () =>
    expect(why({ pod: { requests: {} }, room: { pods: '0' } })).toBe('insufficient pods'));
  it('counts replicas by the scarcest resource', () => {
    const { free } = stateOf({ room: { cpu: '2', pods: '3' } });
    expect(replicas(demandOf({ requests: { cpu: '500m' } }), free)).toBe(3);
    expect(replicas(demandOf({ requests: { cpu: '900m' } }), free)).toBe(2);
    expect(replicas(demandOf({ requests: { cpu: '2100m' } }), free)).toBe(0);
  });
});

describe('taints', () => {
  it('repel', () => expect(why({ shape: { taints: [TAINT] } })).toBe('taint {gpu=yes:NoSchedule} not tolerated'));
  it('PreferNoSchedule does not', () =>
    expect(why({ shape: { taints: [{ ...TAINT, effect: 'PreferNoSchedule' }] } })).toBeUndefined());
  it.each([
    [{ key: 'gpu', operator: 'Exists' }, true],
    [{ key: 'gpu', value: 'yes' }, true],
    [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }, true],
    [{ operator: 'Exists' }, true],
    [{ key: 'gpu', value: 'no' }, false],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'other', operator: 'Exists' }, false],
    [{ value: 'yes' }, false],
  ])('%j tolerates: %s', (toleration, tolerated) =>
    expect(why({ pod: { tolerations: [toleration] }, shape: { taints: [TAINT] } }) === undefined).toBe(tolerated),
  );
});

describe('readiness and cordon', () => {
  it('a node not ready takes nothing', () => expect(why({ node: { ready: false } })).toBe('node not ready'));
  it('a cordoned node takes nothing', () => expect(why({ node: { cordoned: true } })).toBe('node cordoned'));
  it('but for those who tolerate it', () => {
    const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }];
    expect(why({ node: { cordoned: true }, pod: { tolerations } })).toBeUndefined();
  });
});

describe('node selection', () => {
  const shape = { labels: { zone: 'a', cores: '16' } };
  const selects = (pod: Given['pod'], more: Partial<NodeRoom> = {}) =>
    why({ ...(pod && { pod }), shape, node: more }) === undefined;

  it.each([
    [{ zone: 'a' }, true],
    [{ zone: 'b' }, false],
    [{ zone: 'a', disk: 'ssd' }, false],
    [{ 'kubernetes.io/hostname': 'n1' }, true],
    [{ 'kubernetes.io/hostname': 'n2' }, false],
  ])('nodeSelector %j: %s', (nodeSelector, fits) =>
    expect(selects({ nodeSelector: nodeSelector as Record<string, string> })).toBe(fits),
  );

  it('uses the hostname where it is not the name', () =>
    expect(selects({ nodeSelector: { 'kubernetes.io/hostname': 'h1' } }, { hostname: 'h1' })).toBe(true));

  it.each([
    [[term('zone', 'In', 'a', 'b')], true],
    [[term('zone', 'NotIn', 'a')], false],
    [[term('disk', 'NotIn', 'ssd')], true],
    [[term('zone', 'Exists')], true],
    [[term('zone', 'DoesNotExist')], false],
    [[term('cores', 'Gt', '15')], true],
    [[term('cores', 'Gt', '16')], false],
    [[term('cores', 'Lt', '17')], true],
    [[term('zone', 'Gt', '1')], false],
    [[term('zone', 'Sounds', 'a')], false],
    [[term('zone', 'In', 'b'), term('cores', 'Exists')], true],
    [[{}], false],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }], true],
    [[{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }], false],
    [[], true],
  ])('required affinity %j: %s', (nodeAffinity, fits) => expect(selects({ nodeAffinity })).toBe(fits));
});

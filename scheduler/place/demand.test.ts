import { describe, expect, it } from 'vitest';
import type { PodObservation } from '../../api/index.ts';
import { observation } from '../test-objects.ts';
import { requestOf } from './demand.ts';

type Spec = Partial<PodObservation['spec']>;
const request = (spec: Spec = {}, source = 'a') => requestOf(source, observation(source, 'u', spec).spec);

describe('requestOf', () => {
  it('has an empty one for all that a pod does not say', () =>
    expect(request({ requests: {} })).toStrictEqual({
      key: JSON.stringify(['a', 'default', [], '', '[[["pods",1]],[],[],[]]']),
      ...{ source: 'a', namespace: 'default', clusterNames: [], clusterSelector: '' },
      demand: {
        ...{ key: '[[["pods",1]],[],[],[]]', requests: { pods: 1 }, needs: [['pods', 1]] },
        ...{ nodeSelector: {}, nodeAffinity: [], tolerations: [], byName: false },
      },
    }));

  it('keeps all that a pod says, names and needs sorted', () => {
    const nodeAffinity = [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }];
    const tolerations = [{ key: 'gpu', operator: 'Exists' }];
    const selecting = { nodeSelector: { zone: 'a', arch: 'arm64' }, nodeAffinity, tolerations };
    const clusters = { clusterNames: ['c', 'b'], clusterSelector: 'env=test' };
    const { key, demand, ...rest } = request({
      ...{ requests: { pods: '2', memory: '1Ki', cpu: '1' } },
      ...{ ...selecting, ...clusters },
    });
    expect(rest).toEqual({ source: 'a', namespace: 'default', clusterNames: ['b', 'c'], clusterSelector: 'env=test' });
    expect(demand).toMatchObject({ ...selecting, requests: { cpu: 1000, memory: 1024, pods: 2 }, byName: false });
    expect(JSON.parse(key)).toEqual(['a', 'default', ['b', 'c'], 'env=test', demand.key]);
    const needs = [
      ['cpu', 1000],
      ['memory', 1024],
      ['pods', 2],
    ];
    expect(demand.needs).toEqual(needs);
    const labels = Object.entries(selecting.nodeSelector).reverse();
    expect(JSON.parse(demand.key)).toEqual([needs, labels, nodeAffinity, tolerations]);
  });

  it('does not mind the order in which a pod says it', () => {
    const one = request({
      requests: { cpu: '1', memory: '1' },
      nodeSelector: { a: '1', b: '2' },
      clusterNames: ['x', 'y'],
    });
    const other = request({
      ...{ requests: { memory: '1', cpu: '1000m' }, nodeSelector: { b: '2', a: '1' }, clusterNames: ['y', 'x'] },
    });
    expect(one.key).toBe(other.key);
  });

  it('leaves the observation as it is', () => {
    const given = observation('a', 'u', { clusterNames: ['c', 'b'] }).spec;
    requestOf('a', given);
    expect(given.clusterNames).toEqual(['c', 'b']);
  });

  it.each<[Spec, boolean]>([
    [{ nodeSelector: { 'kubernetes.io/hostname': 'n' } }, true],
    [{ nodeSelector: { hostname: 'n' } }, false],
    [{ nodeAffinity: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }] }, true],
    [{ nodeAffinity: [{ matchFields: [] }] }, false],
    [{ nodeAffinity: [{}] }, false],
    [{ nodeAffinity: [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }] }, false],
    [
      {
        nodeAffinity: [
          { matchExpressions: [{ key: 'zone', operator: 'Exists' }] },
          {
            matchExpressions: [
              { key: 'zone', operator: 'Exists' },
              { key: 'kubernetes.io/hostname', operator: 'Exists' },
            ],
          },
        ],
      },
      true,
    ],
  ])('knows whether %j tells nodes apart by name: %s', (spec, byName) =>
    expect(request(spec).demand.byName).toBe(byName),
  );
});

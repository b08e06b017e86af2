import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodObservation } from '../../api/index.ts';
import { cluster, fleet, node, observation, pool } from '../test-objects.ts';
import { place } from './choose.ts';
import { requestOf } from './demand.ts';
import { summary } from './explain.ts';

const request = (source = 'a', spec: Partial<PodObservation['spec']> = {}) =>
  requestOf(source, observation(source, 'u', spec).spec);

/** Reasons by cluster. */
function reasons(placement: ReturnType<typeof place>): Record<string, string> {
  if (placement.fits) throw new Error(`went to ${placement.target}`);
  return Object.fromEntries(placement.clusters.map(({ name, reason }) => [name, reason]));
}

describe('place', () => {
  it('takes the cluster that can take most replicas', () =>
    expect(place(request(), fleet({ a: [2], b: [3, 3], c: [4] }), [])).toMatchObject({ fits: true, target: 'b' }));

  it('counts whole pods per node, not sums of room', () => {
    const snapshot = fleet({ a: [2, 2], b: [1.5, 1.5, 1.5] });
    expect(place(request('a', { requests: { cpu: '1' } }), snapshot, [])).toMatchObject({ target: 'a' });
  });

  it('stays at home on a tie, else goes by name', () => {
    expect(place(request('b'), fleet({ a: [4], b: [4], c: [4] }), [])).toMatchObject({ target: 'b' });
    expect(place(request('c', { clusterNames: ['b', 'a'] }), fleet({ a: [4], b: [4], c: [9] }), [])).toMatchObject({
      target: 'a',
    });
  });

  it('assumes the node with most left over, then by name', () => {
    expect(place(request(), fleet({ a: [3, 5, 4] }), [])).toMatchObject({ node: 'a-1' });
    expect(place(request(), fleet({ a: [4, 4] }), [])).toMatchObject({ node: 'a-0' });
  });

  it('passes over whom it is told to', () =>
    expect(place(request(), fleet({ a: [2], b: [4] }), [{ cluster: 'b', message: 'quota' }])).toMatchObject({
      target: 'a',
    }));

  describe('hosts that the pod keeps off', () => {
    const off = (...values: string[]) => ({
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values }],
    });
    const other = { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['berth-b'] }] };
    const on = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['berth-b', 'b-0'] }] };
    const target = (...nodeAffinity: object[]) => {
      const placement = place(request('a', { nodeAffinity }), fleet({ a: [2], b: [4] }), []);
      return placement.fits ? placement.target : reasons(placement);
    };

    it.each([
      ['a virtual node is a cluster', [off('x', 'berth-b')], 'a'],
      ['both', [off('berth-b', 'berth-a')], { a: 'NodeSelectorMismatch', b: 'NodeSelectorMismatch' }],
      ['one term that allows it is enough', [off('berth-b'), other], 'b'],
      ['every term excludes it', [off('berth-b'), { ...off('berth-b', 'x') }], 'a'],
      ['another label', [other], 'b'],
      ['to be on it is not to be off it', [on], 'b'],
      ['no term', [], 'b'],
    ])('%s', (_, terms, expected) => expect(target(...terms)).toEqual(expected));
  });

  it('says why not, per cluster', () => {
    const snapshot = fleet({ a: [0], b: [9], c: [9], d: [9], e: [9], f: [9], g: [9] });
    snapshot.applyCluster('b', cluster('b', { roles: ['Source'] }));
    snapshot.applyCluster('c', cluster('c', { accept: { sources: ['b'], namespaces: ['*'] } }));
    snapshot.applyCluster('d', cluster('d', { accept: { sources: ['a'], namespaces: ['jobs'] } }));
    snapshot.setOnline('e', false);
    snapshot.applyPool('f', 'pool', undefined);
    const placement = place(request(), snapshot, [{ cluster: 'g', message: 'quota' }]);
    expect(reasons(placement)).toEqual({
      ...{ a: 'Insufficient', b: 'NotATarget', c: 'NotAccepted', d: 'NamespaceNotAccepted' },
      ...{ e: 'Offline', f: 'NoNodes', g: 'PassedOver' },
    });
  });

  it('needs Accept of the source itself, too, and the role of a source', () => {
    const snapshot = fleet({ a: [9] });
    snapshot.applyCluster('a', cluster('a', { accept: { sources: ['b'], namespaces: ['*'] } }));
    expect(reasons(place(request(), snapshot, []))).toEqual({ a: 'NotAccepted' });
    expect(reasons(place(request('stranger'), fleet({ a: [9] }), []))).toEqual({ a: 'NotAccepted' });
  });

  it('keeps to the names and the selector that the pod gives', () => {
    const snapshot = fleet({ a: [9], b: [9] });
    snapshot.applyCluster('b', cluster('b', {}, { env: 'prod' }));
    expect(place(request('a', { clusterNames: ['b'] }), snapshot, [])).toMatchObject({ target: 'b' });
    expect(place(request('a', { clusterSelector: 'env in (prod)' }), snapshot, [])).toMatchObject({ target: 'b' });
    expect(reasons(place(request('a', { clusterNames: ['x'] }), snapshot, []))).toEqual({
      ...{ a: 'NotNamed', b: 'NotNamed', x: 'UnknownCluster' },
    });
    expect(reasons(place(request('a', { clusterSelector: 'env=test' }), snapshot, []))['b']).toBe('SelectorMismatch');
    expect(reasons(place(request('a', { clusterSelector: 'env in' }), snapshot, []))['a']).toBe('InvalidSelector');
  });
});

describe('summary', () => {
  it('reads like kube-scheduler, stable and without counts of nodes', () => {
    const snapshot = fleet({ cluster1: [0, 0, 0], cluster2: [9] });
    const taints = [{ key: 'key', value: 'value', effect: 'NoSchedule' }];
    snapshot.applyPool('cluster2', 'pool', pool('cluster2', [node('n', { cpu: '9' })], { taints }));
    const placement = place(request('cluster1'), snapshot, []);
    expect(placement.fits || summary(placement.clusters, 2)).toBe(
      '0/2 clusters are available: cluster1: insufficient cpu; cluster2: taint {key=value:NoSchedule} not tolerated',
    );
  });

  it('names many clusters by their number', () => {
    const placement = place(request('a'), fleet({ a: [0], b: [0], c: [0], d: [0] }), []);
    expect(placement.fits || summary(placement.clusters, 4)).toBe(
      '0/4 clusters are available: 4 clusters: insufficient cpu',
    );
  });

  it('says so when nobody is registered', () =>
    expect(summary([], 0)).toBe('0/0 clusters are available: no cluster is registered'));
});

describe('properties', () => {
  const cores = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    {
      noNullPrototype: true,
    },
  );

  it('a pod that fits some node is never refused, and one that fits none is', () =>
    fc.assert(
      fc.property(cores, fc.integer({ min: 1, max: 5 }), (given, cpu) => {
        const all = { a: [], ...given };
        const placement = place(request('a', { requests: { cpu: String(cpu) } }), fleet(all), []);
        expect(placement.fits).toBe(Object.values(all).some((nodes) => nodes.some((room) => room >= cpu)));
      }),
    ));

  it('a snapshot that lived through changes answers as a fresh one', () =>
    fc.assert(
      fc.property(fc.array(cores, { minLength: 1, maxLength: 8, size: 'max' }), (reports) => {
        const lived = fleet({ a: [], b: [], c: [], d: [] });
        for (const report of reports) {
          const fresh = fleet({ a: [], b: [], c: [], d: [] });
          for (const [name, nodes] of Object.entries({ a: [], b: [], c: [], d: [], ...report })) {
            const rooms = nodes.map((cpu, at) => node(`${name}-${at}`, { cpu: `${cpu}` }, { cordoned: cpu === 4 }));
            for (const snapshot of [lived, fresh]) snapshot.applyPool(name, 'pool', pool(name, rooms));
          }
          for (const cpu of ['1', '3', '9']) {
            const pod = request('a', { requests: { cpu } });
            expect(place(pod, lived, [])).toEqual(place(pod, fresh, []));
          }
        }
      }),
    ));

  it('the same question has the same answer, also when others were asked between', () =>
    fc.assert(
      fc.property(cores, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (given, cpu, other) => {
        const snapshot = fleet({ a: [], ...given });
        const ask = (amount: number) => place(request('a', { requests: { cpu: String(amount) } }), snapshot, []);
        const first = ask(cpu);
        ask(other);
        expect(ask(cpu)).toEqual(first);
        expect(place(request('a', { requests: { cpu: String(cpu) } }), fleet({ a: [], ...given }), [])).toEqual(first);
      }),
    ));
});

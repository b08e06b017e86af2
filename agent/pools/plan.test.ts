import { expect, it } from 'vitest';
import type { NodePoolObservation } from '../../api/index.ts';
import { planPool } from './plan.ts';

const spec = { shapes: [{ labels: {}, allocatable: { cpu: '4' }, nodes: [] }] };
const told = (shapes = spec.shapes): NodePoolObservation => ({
  metadata: { name: 'gpu', namespace: 'berth-b', uid: 'u' },
  spec: { shapes },
});
const address = { at: 'hub', resource: 'nodepoolobservations', namespace: 'berth-b', name: 'gpu' };

it.each([
  [
    'is made',
    undefined,
    spec,
    {
      do: 'create',
      at: 'hub',
      resource: 'nodepoolobservations',
      object: {
        apiVersion: 'multicluster.admiralty.io/v1alpha1',
        kind: 'NodePoolObservation',
        metadata: { name: 'gpu', namespace: 'berth-b' },
        spec,
      },
    },
  ],
  ['is changed', told([]), spec, { do: 'patch', ...address, type: 'merge', body: { spec } }],
  ['is left alone if it is right', told(), spec, undefined],
  ['goes with the last node', told(), undefined, { do: 'delete', ...address, uid: 'u' }],
  [
    'goes also if its UID is not known',
    { ...told(), metadata: { name: 'gpu' } },
    undefined,
    { do: 'delete', ...address, uid: '' },
  ],
  ['is not missed for a pool without nodes', undefined, undefined, undefined],
])('the observation of a pool %s', (_, has, wants, action) => {
  expect(planPool({ cluster: 'b', pool: 'gpu', told: has, spec: wants })).toStrictEqual(action);
});

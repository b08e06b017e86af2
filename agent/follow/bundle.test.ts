import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { delegationTo, UID } from '../../test/builders.ts';
import { BUNDLE_KEY, copiesFor, createBundle, type Follower, followerOf, followersIn } from './bundle.ts';

const follow = [
  { kind: 'Secret', name: 's3' },
  { kind: 'ConfigMap', name: 'step' },
] as const;
const delegation = delegationTo('away', {}, { follow: [...follow] });
const secret: Follower = { kind: 'Secret', name: 's3', content: { data: { key: 'eA==' } } };
const map: Follower = { kind: 'ConfigMap', name: 'step', content: { data: { a: 'b' }, binaryData: { c: 'eA==' } } };

test('of an object its data follows, neither its labels nor its type', () => {
  const metadata = { name: 's3', namespace: 'default', labels: { a: 'b' }, annotations: { c: 'd' } };
  expect(followerOf('Secret', { metadata, type: 'x', data: { key: 'eA==' } })).toEqual(secret);
  expect(followerOf('ConfigMap', { metadata: { name: 'step' }, ...map.content })).toEqual(map);
  expect(followerOf('Secret', { metadata })).toEqual({ ...secret, content: {} });
});

describe('on the hub', () => {
  test('it is a Secret beside the delegation, and goes with it', () => {
    const { object, ...action } = createBundle(delegation, [secret, map]);
    expect(action).toEqual({ do: 'create', at: 'hub', resource: 'secrets', unlessThere: true });
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `${UID}.1`,
        namespace: delegation.metadata.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'berth' },
        ownerReferences: [
          {
            apiVersion: 'multicluster.admiralty.io/v1alpha1',
            kind: 'PodDelegation',
            name: delegation.metadata.name,
            uid: delegation.metadata.uid,
          },
        ],
      },
      type: 'Opaque',
      stringData: { [BUNDLE_KEY]: JSON.stringify([secret, map]) },
    });
  });

  test('nothing is taken from it that the delegation does not name', () => {
    const other = { ...secret, name: 'other' };
    expect(followersIn(JSON.stringify([secret, other, map]), delegation)).toEqual([secret, map]);
    const { follow: _, ...spec } = delegation.spec;
    expect(followersIn(JSON.stringify([secret]), { ...delegation, spec })).toEqual([]);
  });

  test.each(['', '{', '{}', 'null', '7'])('%j is no bundle', (text) => {
    expect(followersIn(text, delegation)).toEqual([]);
  });
});

test('copies belong to the delegate, are made in the name of its source and mean nothing else', () => {
  const delegate: Pod = { metadata: { name: 'd', namespace: 'jobs', uid: 'u' }, spec: { containers: [] } };
  const [first, second, ...more] = copiesFor(delegate, delegation, [secret, map]);
  expect(more).toEqual([]);
  const { object, ...action } = first ?? expect.unreachable();
  expect(action).toEqual({ do: 'create', at: 'home', resource: 'secrets', as: 'berth:source:home', unlessThere: true });
  expect(object).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: expect.stringMatching(/^s3-[0-9a-z]{10}$/),
      namespace: 'jobs',
      labels: { 'app.kubernetes.io/managed-by': 'berth', 'delegate.multicluster.admiralty.io/source': 'home' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'd', uid: 'u' }],
    },
    type: 'Opaque',
    data: { key: 'eA==' },
  });
  expect(second).toMatchObject({ resource: 'configmaps', object: { kind: 'ConfigMap', ...map.content } });
  expect(second?.object).not.toHaveProperty('type');
});

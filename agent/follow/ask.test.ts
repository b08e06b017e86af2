import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/index.ts';
import { type ApiClient, ApiError } from '../../kube/index.ts';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { delegationTo, UID } from '../../test/builders.ts';
import { findFollowers, readBundle } from './ask.ts';
import { BUNDLE_KEY } from './bundle.ts';

const { signal } = new AbortController();
const follow = [
  { kind: 'Secret' as const, name: 's3' },
  { kind: 'ConfigMap' as const, name: 'step' },
];
const delegation = delegationTo('away', {}, { follow });
const { namespace = '' } = delegation.metadata;
const data = { key: 'eA==' };

function cluster(...objects: [string, object][]) {
  const client = memoryClient();
  for (const [key, object] of objects) client.objects.set(key, object as KubeObject);
  return client;
}
const secret: [string, object] = ['secrets/default/s3', { metadata: { name: 's3' }, data }];
const map: [string, object] = ['configmaps/default/step', { metadata: { name: 'step' }, data: { a: 'b' } }];
const followers = [
  { kind: 'Secret', name: 's3', content: { data } },
  { kind: 'ConfigMap', name: 'step', content: { data: { a: 'b' } } },
];

test('finds what follows, or says what is missing', async () => {
  expect(await findFollowers(cluster(secret, map), delegation, signal)).toEqual({ followers });
  expect(await findFollowers(cluster(secret), delegation, signal)).toEqual({ missing: ['ConfigMap step'] });
  expect(await findFollowers(cluster(), delegation, signal)).toEqual({ missing: ['Secret s3', 'ConfigMap step'] });
});

test('reads what was sent, once it is there', async () => {
  const text = Buffer.from(JSON.stringify(followers)).toString('base64');
  const bundle = { metadata: { name: `${UID}.1` }, data: { [BUNDLE_KEY]: text } };
  expect(await readBundle(cluster([`secrets/${namespace}/${UID}.1`, bundle]), delegation, signal)).toEqual(followers);
  expect(await readBundle(cluster(), delegation, signal)).toBeUndefined();
  const empty = cluster([`secrets/${namespace}/${UID}.1`, { metadata: { name: 'x' } }]);
  expect(await readBundle(empty, delegation, signal)).toEqual([]);
});

test('does not take a refusal for absence', async () => {
  const get = async () => Promise.reject(new ApiError(403, { message: 'forbidden' }));
  const client = { get } as unknown as ApiClient;
  await expect(findFollowers(client, delegation, signal)).rejects.toThrow('forbidden');
  await expect(readBundle(client, delegation, signal)).rejects.toThrow('forbidden');
});

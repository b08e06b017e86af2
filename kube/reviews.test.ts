import { expect, it } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { identifyBearer, mayDo } from './reviews.ts';
import type { ApiClient } from './types.ts';

/** A cluster that answers each review with this status. */
function cluster(status: object | undefined) {
  const asked: [string, object | undefined][] = [];
  const create = async (resource: string, { spec }: KubeObject & { spec?: object }) => {
    asked.push([resource, spec]);
    return { status };
  };
  return { client: { create } as unknown as ApiClient, asked };
}

const { signal } = new AbortController();
const KNOWN = { authenticated: true, user: { username: 'jane', groups: ['g'] } };

it('knows whose token it is, for the audiences that are asked for', async () => {
  const { client, asked } = cluster(KNOWN);
  expect(await identifyBearer(client, 'Bearer a.b-c', { signal })).toEqual({ user: 'jane', groups: ['g'] });
  expect(await identifyBearer(client, 'Bearer t', { audiences: ['relay'], signal })).toBeUndefined();
  expect(asked).toEqual([
    ['tokenreviews', { token: 'a.b-c' }],
    ['tokenreviews', { token: 't', audiences: ['relay'] }],
  ]);
});

it('knows whether it is another of the same name', async () => {
  const { client } = cluster({ authenticated: true, user: { username: 'jane', uid: 'u' } });
  expect(await identifyBearer(client, 'Bearer t', { signal })).toEqual({ user: 'jane', uid: 'u', groups: [] });
});

it('takes a token for good only if the cluster says for whom it is', async () => {
  const audiences = ['relay'];
  const known = (status: object) => identifyBearer(cluster(status).client, 'Bearer t', { audiences, signal });
  expect(await known({ ...KNOWN, audiences })).toMatchObject({ user: 'jane' });
  expect(await known({ ...KNOWN, audiences: ['other'] })).toBeUndefined();
});

it.each([
  ['is not authenticated', { ...KNOWN, authenticated: false }],
  ['has no name', { authenticated: true, user: {} }],
  ['is not answered', undefined],
])('knows nobody who %s', async (_, status) => {
  expect(await identifyBearer(cluster(status).client, 'Bearer t', { signal })).toBeUndefined();
});

it.each([undefined, '', 'Bearer ', 'Basic dXNlcg==', 'Bearer a b', 'bearer t', 'Bearer t\n'])(
  'asks nobody about %j',
  async (header) => {
    const { client, asked } = cluster(KNOWN);
    expect(await identifyBearer(client, header, { signal })).toBeUndefined();
    expect(asked).toEqual([]);
  },
);

it('asks for somebody with their groups', async () => {
  const { client, asked } = cluster({ allowed: true });
  const use = { verb: 'get', resource: 'nodes', subresource: 'stats', name: 'n' };
  expect(await mayDo(client, { user: 'jane', groups: ['g'] }, use, signal)).toBe(true);
  expect(asked).toEqual([['subjectaccessreviews', { user: 'jane', groups: ['g'], resourceAttributes: use }]]);
});

it.each([{ allowed: false }, {}, undefined])('takes %j for no', async (status) => {
  expect(await mayDo(cluster(status).client, { user: 'jane' }, { verb: 'get', resource: 'nodes' }, signal)).toBe(false);
});

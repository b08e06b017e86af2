import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { KubeObject } from '../../api/index.ts';
import { createRenewing } from '../../certs/renewing.ts';
import { type ApiClient, createOpener } from '../../kube/index.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { type DirectOptions, startDirect } from './direct.ts';

/** What stands for the audience in tokens, which have no colons. */
const AUDIENCE = 'berth-streams.b';

/** A hub that knows tokens `CLUSTER/AUDIENCE`. */
const create = async (_: string, { spec }: KubeObject & { spec?: { token?: string; audiences?: string[] } }) => {
  const [cluster = '', audience = ''] = (spec?.token ?? '').split('/');
  const audiences = (spec?.audiences ?? []).filter((one) => one.replace(':', '.') === audience);
  const username = cluster === 'admin' ? 'admin' : `system:serviceaccount:berth-system:agent-${cluster}`;
  return { status: { authenticated: audiences.length > 0, audiences, user: { username } } };
};

/** The agent of cluster b with a port of its own, and who dials it. */
async function setUp(more: Partial<DirectOptions> = {}) {
  const served: { source: string; connection: Duplex }[] = [];
  const ending = new AbortController();
  const { at, stopped } = await startDirect({
    ...{ cluster: 'b', hub: { create } as unknown as ApiClient, listen: { host: '127.0.0.1', port: 0 } },
    certify: (host) => createRenewing('berth-streams-b', host, Date.now),
    serve: (connection, source) => void served.push({ connection, source }),
    ...{ now: Date.now, random: Math.random, signal: ending.signal, log: silentLog() },
    ...more,
  });
  onTestFinished(() => {
    ending.abort();
    return stopped;
  });
  const dial = (token: string, path = '/v1/dial/b') => {
    const headers = async () => ({ authorization: `Bearer ${token}` });
    const open = createOpener({ server: at.server, tls: { ca: at.ca }, headers });
    const asked = { connection: 'Upgrade', upgrade: 'berth-relay-1' };
    return open({ method: 'GET', path, headers: asked, signal: ending.signal });
  };
  const status = async (token: string, path?: string) => {
    const opened = await dial(token, path);
    return opened.kind === 'upgraded' ? 101 : opened.status;
  };
  return { at, served, dial, status, ending, stopped };
}

test('serves a source that shows a token made for this target, as that source', async () => {
  const { dial, served } = await setUp();
  const opened = await dial(`a/${AUDIENCE}`);
  if (opened.kind !== 'upgraded') throw new Error(`it answered ${opened.status}`);
  expect(served.map(({ source }) => source)).toEqual(['a']);
  served[0]?.connection.end('hello');
  expect(await text(opened.socket)).toBe('hello');
});

test.each([
  ['of the relay', 'a/berth-relay'],
  ['for another target', 'a/berth-streams.c'],
  ["of the hub's API", 'a/'],
  ['of somebody who is no agent', `admin/${AUDIENCE}`],
])('refuses a token %s', async (_, token) => {
  const { status, served } = await setUp();
  expect(await status(token)).toBe(401);
  expect(served).toEqual([]);
});

test('leads nowhere but to its own cluster', async () => {
  const { status, served } = await setUp();
  for (const path of ['/v1/dial/c', '/v1/link', '/v1/streams/x', '/v1/dial/b/..'])
    expect(await status(`a/${AUDIENCE}`, path)).toBe(404);
  expect(served).toEqual([]);
});

test('gives each source so many streams, and a place back when one ends', async () => {
  const { status, served } = await setUp({ maxStreams: 2 });
  const from = (cluster: string) => status(`${cluster}/${AUDIENCE}`);
  expect([await from('a'), await from('a'), await from('a'), await from('c')]).toEqual([101, 101, 429, 101]);
  served[0]?.connection.destroy();
  await expect.poll(() => from('a')).toBe(101);
});

test('says where it is reached, and ends its streams when it stops', async () => {
  const { at, dial, ending, stopped } = await setUp({
    listen: { host: '127.0.0.1', port: 0, advertise: { host: '127.0.0.1' } },
  });
  expect(at.server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const opened = await dial(`a/${AUDIENCE}`);
  if (opened.kind !== 'upgraded') throw new Error(`it answered ${opened.status}`);
  const closed = new Promise((resolve) => opened.socket.once('close', resolve).resume());
  ending.abort();
  await Promise.all([closed, stopped]);
});

import { type Socket, connect as tcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { RELAY } from '../../api/index.ts';
import { ApiError, createOpener, type Opened } from '../../kube/index.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { sampleHub } from './hub.samples.ts';
import { type RelayOptions, startRelay } from './main.ts';

async function setUp(limits: Partial<RelayOptions> = {}) {
  const ending = new AbortController();
  const { client, announced, revoked, reviewed } = sampleHub();
  const { announced: told, stopped } = await startRelay({
    ...{ hub: client, host: '127.0.0.1', port: 0, now: Date.now, random: Math.random, log: silentLog() },
    ...limits,
    signal: ending.signal,
  });
  onTestFinished(() => {
    ending.abort();
    return stopped;
  });
  await told;
  const { server = '', ca = '' } = announced.data ?? {};
  const as = (token: string) =>
    createOpener({ server, tls: { ca }, headers: async () => ({ authorization: `Bearer ${token}` }) });
  const ask = (token: string, path: string, upgrade: string = RELAY.protocol): Promise<Opened> =>
    as(token)({ method: 'GET', path, headers: { connection: 'Upgrade', upgrade }, signal: ending.signal });
  const upgraded = async (token: string, path: string): Promise<Duplex> => {
    const opened = await ask(token, path);
    if (opened.kind === 'answer') throw new ApiError(opened.status, JSON.parse(await text(opened.body)) as object);
    return opened.socket;
  };
  return { server, ask, upgraded, revoked, reviewed };
}

/** The first line of a link. */
const announcement = (link: Duplex): Promise<{ stream: string; source: string }> =>
  new Promise((resolve) => link.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()))));

it('joins two that both dial out, byte for byte', async () => {
  const { upgraded } = await setUp();
  const link = await upgraded('t-b', RELAY.link);
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream, source } = await announcement(link);
  expect(source).toBe('a');
  const [near, far] = await Promise.all([dialled, upgraded('t-b', RELAY.fetch + stream)]);
  const bytes = Buffer.alloc(5_000_000, 'berth ');
  // Whoever ends such a connection ends both ways of it.
  const answered = buffer(near);
  near.write(bytes);
  const forth: Buffer[] = [];
  let received = 0;
  for await (const chunk of far) {
    forth.push(chunk as Buffer);
    received += (chunk as Buffer).length;
    if (received === bytes.length) far.end(bytes.subarray(0, 1_000_001));
  }
  expect(Buffer.concat(forth).equals(bytes)).toBe(true);
  expect((await answered).equals(bytes.subarray(0, 1_000_001))).toBe(true);
});

it('cuts the other side when one is gone', async () => {
  const { upgraded } = await setUp();
  const link = await upgraded('t-b', RELAY.link);
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream } = await announcement(link);
  const [near, far] = await Promise.all([dialled, upgraded('t-b', RELAY.fetch + stream)]);
  const gone = new Promise((resolve) =>
    far
      .on('error', () => undefined)
      .once('close', resolve)
      .resume(),
  );
  near.destroy();
  await gone;
});

it.each([
  ['a link without a token', '', RELAY.link, 401],
  ['a link with a token that the hub does not know', 'x', RELAY.link, 401],
  ['a link of somebody who is no agent', 't-admin', RELAY.link, 401],
  ['a link of a name that no member can have', 't-a--b', RELAY.link, 401],
  ['a stream to a target that the source has no pair with', 't-a', `${RELAY.dial}c`, 403],
  ['a stream of another source', 't-c', `${RELAY.dial}b`, 403],
  ['a stream to a path that climbs', 't-a', `${RELAY.dial}b/../c`, 403],
  ['a stream to a target without a link', 't-a', `${RELAY.dial}b`, 503],
  ['any other path', 't-a', '/v1/links', 404],
])('refuses %s', async (_, token, path, status) => {
  const { upgraded } = await setUp();
  await expect(upgraded(token, path)).rejects.toMatchObject({ status });
});

it('refuses other protocols, and requests without one', async () => {
  const { ask } = await setUp();
  expect(await ask('t-b', RELAY.link, 'websocket')).toMatchObject({ kind: 'answer', status: 400 });
  expect(await ask('t-b', RELAY.link, 'h2c')).toMatchObject({ kind: 'answer', status: 400 });
});

it('closes on who fetches a stream that is not announced, or is for another', async () => {
  const { upgraded } = await setUp();
  const link = await upgraded('t-b', RELAY.link);
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream } = await announcement(link);
  for (const [token, id] of [
    ['t-c', stream],
    ['t-b', 'none'],
  ] as const)
    expect(await buffer(await upgraded(token, RELAY.fetch + id))).toHaveLength(0);
  const mine = await upgraded('t-b', RELAY.fetch + stream);
  (await dialled).end('hello');
  expect(await text(mine)).toBe('hello');
});

/** So many connections that say nothing. */
async function silent(server: string, count: number) {
  const { hostname: host, port } = new URL(server);
  const sockets: Socket[] = [];
  const open = () =>
    new Promise((resolve) => {
      const socket = tcp({ host, port: Number(port) });
      sockets.push(socket);
      socket.on('error', resolve).once('connect', resolve).once('close', resolve);
    });
  for (let left = count; left > 0; left -= 250) await Promise.all(Array.from({ length: Math.min(left, 250) }, open));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

it('does not wait for who says nothing', async () => {
  const { server } = await setUp({ patienceMs: 200 });
  const [raw] = await silent(server, 1);
  const { hostname: host, port } = new URL(server);
  const secure = connect({ host, port: Number(port), rejectUnauthorized: false });
  onTestFinished(() => void secure.destroy());
  for (const socket of [raw, secure])
    await new Promise((resolve) =>
      socket
        ?.on('error', () => undefined)
        .once('close', resolve)
        .resume(),
    );
});

it('serves agents however many connections say nothing', async () => {
  const { server, upgraded } = await setUp({ maxStrangers: 16 });
  const link = await upgraded('t-b', RELAY.link);
  await silent(server, 1_000);
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream } = await announcement(link);
  const [near, far] = await Promise.all([dialled, upgraded('t-b', RELAY.fetch + stream)]);
  far.end('hello');
  expect(await text(near)).toBe('hello');
});

it('ends a stream in which nothing moves any more', async () => {
  const { upgraded } = await setUp({ streamIdleMs: 300 });
  const link = await upgraded('t-b', RELAY.link);
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream } = await announcement(link);
  const [near, far] = await Promise.all([dialled, upgraded('t-b', RELAY.fetch + stream)]);
  const since = performance.now();
  const moving = setInterval(() => far.write('.'), 50);
  setTimeout(() => clearInterval(moving), 600);
  const [told] = await Promise.all([text(near), text(far)]);
  expect(told.length).toBeGreaterThan(5);
  expect(performance.now() - since).toBeGreaterThan(800);
});

it('ends the link and the streams of an agent that the hub no longer knows, and those of no other', async () => {
  const { upgraded, revoked, reviewed } = await setUp({ standingMs: 50 });
  const [linkA, linkB] = [await upgraded('t-a', RELAY.link), await upgraded('t-b', RELAY.link)];
  const dialled = upgraded('t-a', `${RELAY.dial}b`);
  const { stream } = await announcement(linkB);
  const all = [linkA, ...(await Promise.all([dialled, upgraded('t-b', RELAY.fetch + stream)]))];
  const gone = all.map(
    (end) =>
      new Promise((resolve) =>
        end
          .on('error', () => undefined)
          .once('close', resolve)
          .resume(),
      ),
  );
  const asked = reviewed.length;
  await expect.poll(() => reviewed.length).toBeGreaterThan(asked + 5);
  expect(all.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  revoked.add('t-a');
  await Promise.all(gone);
  expect(linkB.destroyed).toBe(false);
});

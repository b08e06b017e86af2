import { type Socket, connect as tcp } from 'node:net';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { original, proxyOf } from '../../test/builders.ts';
import { ask, cluster, EXEC, KILL, own, setUp, signed, stranger, told } from './server.samples.ts';

test.each([
  ['another command', '/exec/default/step/main?command=sh', /^501 \[BERTH409\]/],
  ['a pod that is not there', `/exec/default/other/main?${KILL}`, /^404 default\/other/],
  ['logs', '/containerLogs/default/step/main', /^501 \[BERTH409\]/],
  ['a path that climbs', `/exec/default/..%2f..%2fstep/main?${KILL}`, /^404 /],
])('ends nothing for %s', async (_, path, answer) => {
  const { port, ended } = await setUp();
  await told(port, path).toMatch(answer);
  expect(ended).toEqual([]);
});

test.each([
  ['a pod that is no proxy', proxyOf(original(), { nodeName: 'n1', schedulerName: 'default-scheduler' })],
  ['a proxy that has no node', proxyOf(original())],
])('ends nothing for %s', async (_, pod) => {
  const { port, ended } = await setUp({ pod });
  await told(port).toMatch(/^404 /);
  expect(ended).toEqual([]);
});

test('refuses callers who may not use nodes, before it tells them what is there', async () => {
  const { port, ended } = await setUp({ allowed: false });
  await told(port).toBe('403 apiserver may not use nodes/proxy here');
  await told(port, `/exec/default/other/main?${KILL}`).toBe('403 apiserver may not use nodes/proxy here');
  expect(ended).toEqual([]);
});

test.each([
  ['without a certificate', undefined],
  ['with a certificate of another authority', stranger],
])('refuses callers %s', async (_, from) => {
  const { port, ended } = await setUp();
  // Once it trusts the cluster's authority, it could trust others by mistake.
  await told(port, '/x').toMatch(/^404/);
  for (const path of [EXEC, '/x']) expect((await ask(port, path, from)).code).toBe(401);
  expect(ended).toEqual([]);
});

test('refuses everybody in a cluster that tells no authority', async () => {
  const { port } = await setUp({ authority: false });
  expect((await ask(port, EXEC, cluster)).code).toBe(401);
});

test('serves by the new certificate as soon as there is one, and goes on to know the API servers', async () => {
  let current = own;
  let change: () => void = () => undefined;
  const onChange = (listener: () => void) => {
    change = listener;
    return () => undefined;
  };
  const { port } = await setUp({ replaced: { current: () => current, onChange } });
  await told(port, '/x').toMatch(/^404/);
  const verified = () =>
    new Promise<boolean>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: cluster.cert, rejectUnauthorized: false }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  expect(await verified()).toBe(false);
  current = signed;
  change();
  expect(await verified()).toBe(true);
  expect((await ask(port, '/x', cluster)).code).toBe(404);
});

test('listens for each node on a port of its own, which stays', async () => {
  const { server, port } = await setUp();
  const [other, again] = await Promise.all([server.portOf('other'), server.portOf('away'), server.portOf('other')]);
  expect(other).not.toBe(port);
  expect(again).toBe(port);
  await told(other, '/x').toMatch(/^404/);
});

test('leaves out ports on which others listen, and takes the one that the node showed', async () => {
  const { port } = await setUp();
  const { server, port: next } = await setUp({ more: { port } });
  expect(next).toBeGreaterThan(port);
  expect(await server.portOf('other', next + 7)).toBe(next + 7);
});

test('answers API servers however many connections say nothing', async () => {
  const { port } = await setUp();
  await told(port, '/x').toMatch(/^404/);
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  const silent = () => tcp({ host: '127.0.0.1', port }).on('error', () => undefined);
  // No more at once than the system keeps for a server that has yet to accept them.
  for (let count = 0; count < 2_500; count += 250) {
    const some = Array.from({ length: 250 }, silent);
    sockets.push(...some);
    await Promise.all(some.map((socket) => new Promise((go) => socket.once('connect', go).once('close', go))));
  }
  const open = () => sockets.filter(({ destroyed }) => !destroyed).length;
  for (const socket of sockets) socket.resume();
  // Sooner than the server loses patience with those that say nothing.
  await expect.poll(open, { timeout: 2_000 }).toBeLessThanOrEqual(512);
  expect((await ask(port, '/x', cluster)).code).toBe(404);
});

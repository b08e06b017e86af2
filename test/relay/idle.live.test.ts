/** A relay whose port is flooded by connections that say nothing, or not enough. */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as secure } from 'node:tls';
import { expect, test } from 'vitest';
import { RELAY } from '../../api/index.ts';
import { type ForkedRelay, forkRelay, streamOver } from './forked.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 250;
/** Milliseconds that an agent may wait for a stream while it goes on. */
const SOON = 10_000;

/** The first bytes of a TLS handshake that never goes on. */
const HALF_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

/** How they begin: silent, in the middle of TLS, or behind TLS with half a request. One in ten takes TLS to its end. */
function begin(host: string, port: number, nth: number): Socket {
  if (nth % 10 === 0) {
    const socket = secure({ host, port, rejectUnauthorized: false });
    return socket.once('secureConnect', () => nth % 20 === 0 && socket.write('GET /v1/link HTTP/1.1\r\nhost: r'));
  }
  const socket = connect({ host, port });
  return nth % 2 === 0 ? socket : socket.once('connect', () => socket.write(HALF_HELLO));
}

/** From many addresses of loopback, as from many machines; resolves when all were begun, with how many are still there. */
async function flood(server: string): Promise<{ there: () => number; end: () => void }> {
  const { hostname: host, port } = new URL(server);
  const sockets: Socket[] = [];
  for (let nth = 0; nth < CONNECTIONS; nth += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => begin(host, Number(port), nth + i));
    sockets.push(...some);
    const begun = some.map((socket) => new Promise((go) => socket.once('connect', go).once('close', go)));
    for (const socket of some) socket.on('error', () => undefined).resume();
    await Promise.all(begun);
  }
  return {
    there: () => sockets.filter(({ destroyed }) => !destroyed).length,
    end: () => sockets.forEach((socket) => void socket.destroy()),
  };
}

/** A line there and back; rejects after a while. */
function echo({ near, far }: { near: Duplex; far: Duplex }, line: string): Promise<string> {
  far.once('data', (bytes: Buffer) => far.write(bytes));
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no echo')), SOON);
    near.once('data', (bytes: Buffer) => {
      clearTimeout(late);
      resolve(String(bytes));
    });
    near.write(line);
  });
}

/** As an agent does: again, until it is given one. */
async function dialled(relay: ForkedRelay, link: Duplex): Promise<{ near: Duplex; far: Duplex }> {
  const deadline = performance.now() + SOON;
  for (;;) {
    try {
      return await streamOver(relay, link);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

test('10,000 idle connections: streams go on, new ones are opened, and the idle ones go', async () => {
  using relay = await forkRelay();
  const link = await relay.upgraded('b', RELAY.link);
  const before = await streamOver(relay, link);
  expect(await echo(before, 'before')).toBe('before');
  const idle = await relay.rss();
  const flooding = flood(relay.server);
  let over = false;
  void flooding.then(() => {
    over = true;
  });
  const waits: number[] = [];
  while (!over) {
    const since = performance.now();
    expect(await echo(before, 'during')).toBe('during');
    const stream = await dialled(relay, link);
    expect(await echo(stream, 'new')).toBe('new');
    stream.near.end();
    waits.push(Math.round(performance.now() - since));
  }
  const { there, end } = await flooding;
  const figures = { dials: waits.length, slowestMs: Math.max(...waits), there: there() };
  const moreMB = Math.round(((await relay.rss()) - idle) / 1e6);
  console.log(`relay, ${CONNECTIONS} idle connections: ${JSON.stringify({ ...figures, moreMB })}`);
  expect(figures.there).toBeLessThanOrEqual(1_000);
  expect(waits.length).toBeGreaterThan(0);
  await expect.poll(there, { timeout: SOON }).toBe(0);
  expect(await echo(before, 'after')).toBe('after');
  end();
});

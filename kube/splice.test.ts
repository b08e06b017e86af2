import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { splice } from './splice.ts';

/** Both ends of a connection over loopback. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const ends: [Socket, Socket] = [client, await accepted];
  onTestFinished(() => {
    for (const end of ends) end.destroy();
    server.close();
  });
  return ends;
}

async function joined() {
  const [left, one] = await pair();
  const [right, other] = await pair();
  return { left, right, done: splice(one, other), one, other };
}

const BYTES = Buffer.alloc(3_000_000, 'berth ');

it('copies both ways, and ends when both have', async () => {
  const { left, right, done } = await joined();
  const heard = [buffer(left), buffer(right)];
  left.end(BYTES);
  right.end('back');
  expect((await Promise.all(heard)).map(({ length }) => length)).toEqual([4, BYTES.length]);
  await done;
});

it('gives a slow reader all that came before the end', async () => {
  const { left, right } = await joined();
  right.pause();
  left.end(BYTES);
  await expect.poll(() => left.writableLength).toBeLessThan(BYTES.length);
  left.resume();
  expect((await buffer(right)).equals(BYTES)).toBe(true);
});

it('gives it to one that still talks, too, when the other side is gone', async () => {
  const [left, one] = await pair();
  const [right, other] = await pair();
  const done = splice(one, other, 100);
  right.pause();
  const all = BYTES.subarray(0, 1_000_000);
  left.end(all);
  await expect.poll(() => other.writableFinished).toBe(true);
  // As a server does: it has sent all, and is closed for both ways.
  one.end();
  left.resume();
  await new Promise((resolve) => one.once('close', resolve));
  right.write(Buffer.alloc(500_000, 'are you there? '));
  await done;
  expect((await buffer(right)).equals(all)).toBe(true);
});

it('holds a sender back that is faster than the reader', async () => {
  const { left, right, one, other } = await joined();
  right.pause();
  for (let i = 0; i < 20; i++) left.write(BYTES);
  await expect.poll(() => other.writableNeedDrain).toBe(true);
  expect(one.readableLength + other.writableLength).toBeLessThan(1_000_000);
});

it('ends the other side when one breaks off', async () => {
  const { left, right, done } = await joined();
  const ended = new Promise((resolve) => right.once('end', resolve));
  right.on('error', () => undefined).resume();
  left.resetAndDestroy();
  await done;
  await ended;
});

it('ends at once if a side is closed already', async () => {
  const [, one] = await pair();
  const [right, other] = await pair();
  one.destroy();
  await new Promise((resolve) => one.once('close', resolve));
  right.resume();
  await splice(one, other);
  expect(other.destroyed).toBe(true);
});

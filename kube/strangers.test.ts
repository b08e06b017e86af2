import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Strangers } from './strangers.ts';

const from = (remotePort: number) =>
  Object.assign(new PassThrough(), { remoteAddress: '10.0.0.1', remotePort }) as unknown as Socket;
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

it('lets the oldest go for a new one, but nobody who is known', async () => {
  const strangers = new Strangers(2);
  const [agent, first, second, third] = [1, 2, 3, 4].map(from) as [Socket, Socket, Socket, Socket];
  for (const socket of [agent, first]) strangers.admit(socket);
  strangers.know({ remoteAddress: '10.0.0.1', remotePort: 1 });
  for (const socket of [second, third]) strangers.admit(socket);
  await closed(first);
  expect([agent, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  expect(strangers.size).toBe(2);
});

it('forgets who has left, also when another comes from there', async () => {
  const strangers = new Strangers(2);
  const [before, after] = [from(1), from(1)];
  strangers.admit(before);
  strangers.admit(after);
  before.destroy();
  await closed(before);
  expect(strangers.size).toBe(1);
  after.destroy();
  await closed(after);
  expect(strangers.size).toBe(0);
});

it('lets go of one for each that comes, also when all come at once', async () => {
  const strangers = new Strangers(2);
  const all = [1, 2, 3, 4, 5].map(from);
  for (const socket of all) strangers.admit(socket);
  expect(all.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false, false]);
  expect(strangers.size).toBe(2);
});

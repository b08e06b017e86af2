import { expect, it, onTestFinished } from 'vitest';
import { memoryClient } from '../kube/testing/memory-client.ts';
import { silentLog } from '../kube/testing/silent-log.ts';
import { parseListen, start } from './webhook.ts';

it.each(['x', '127.0.0.1', ':80', '127.0.0.1:99999', '[x]:80', '0.0.0.0:8443', '[::]:8443'])(
  'refuses %j as an address',
  (listen) => {
    const reason = expect.objectContaining({ reason: 'InvalidAddress' });
    expect(() => parseListen({ listen })).toThrow(reason);
    expect(() => parseListen({ listen })).toThrow(`--listen ${listen}: `);
  },
);

it('takes addresses, and any to listen on with one to advertise', () => {
  expect(parseListen({ listen: '127.0.0.1:8443' })).toEqual({ host: '127.0.0.1', port: 8443 });
  expect(parseListen({ listen: '[::1]:0' })).toEqual({ host: '::1', port: 0 });
  expect(parseListen({ listen: '0.0.0.0:1', advertise: 'a.b.svc:443' })).toEqual({ host: '0.0.0.0', port: 1 });
  expect(parseListen({ listen: '[::]:1', advertise: '::1' })).toEqual({ host: '::', port: 1 });
  expect(() => parseListen({ listen: '0.0.0.0:1', advertise: 'a b' })).toThrow('--advertise a b: ');
});

it('says that its port is taken', async () => {
  const { signal } = new AbortController();
  const common = { cluster: 'a', host: '127.0.0.1', log: silentLog(), now: Date.now, random: Math.random, signal };
  const first = await start({ ...common, home: memoryClient(), port: 0 });
  onTestFinished(() => first.stop());
  const port = Number(new URL(first.url).port);
  const second = start({ ...common, home: memoryClient(), port });
  await expect(second).rejects.toThrow(`127.0.0.1:${port}: EADDRINUSE`);
  await expect(second).rejects.toMatchObject({ reason: 'CannotListen' });
});

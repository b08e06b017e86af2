/** A short form of `npm run test:long -- webhook load`, over real connections. */
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../certs/issue.ts';
import { silentLog } from '../kube/testing/silent-log.ts';
import { median } from '../test/bench/statistics.ts';
import { call, keepAlive } from '../test/webhook/client.ts';
import { goodReview, HOSTILE } from '../test/webhook/reviews.ts';
import { startSlowClients } from '../test/webhook/slow.ts';
import { buildServer } from './server.ts';

const authority = await createAuthority({ commonName: 'test', days: 1, now: Date.now });
const request = { commonName: 'test', ipAddresses: ['127.0.0.1'], usage: 'server', days: 1, now: Date.now } as const;
const server = buildServer({ log: silentLog(), image: 'busybox', tls: await issue(authority, request) });
await server.listen({ host: '127.0.0.1', port: 0 });
const target = { port: (server.server.address() as AddressInfo).port, ca: authority.cert };
const agent = keepAlive();
afterAll(() => {
  agent.destroy();
  return server.close();
});

const good = async (index: number) => {
  const { call: sent, isRight } = goodReview(index, 2);
  return isRight(await call(target, sent, agent));
};

it.each(HOSTILE.map((one) => [one.name, one] as const))('answers right: %s', async (_, { call: sent, isRight }) => {
  const answer = await call(target, sent, agent);
  expect(isRight(answer), `${answer.status} ${answer.text.slice(0, 300)}`).toBe(true);
  expect(await good(1)).toBe(true);
});

describe('slow and silent clients', () => {
  it('are cut off, and nobody waits for them', { timeout: 30_000 }, async () => {
    using slow = startSlowClients(target, { 'no TLS': 2, silent: 2, 'slow headers': 2, 'slow body': 2 });
    await expect.poll(() => slow.open, { timeout: 5_000 }).toBe(8);
    for (let index = 0; index < 20; index++) expect(await good(index)).toBe(true);
    // All of them, those with slow bodies last, after ten seconds.
    await expect.poll(() => slow.cutOff, { timeout: 25_000 }).toBeGreaterThanOrEqual(8);
    expect(await good(21)).toBe(true);
  });
});

it('takes less than 5 ms of processor time for most pods of 100 KB', async () => {
  const took: number[] = [];
  for (let index = 0; index < 250; index++) {
    const payload = goodReview(index, 100).call.body;
    const before = process.cpuUsage();
    await server.inject({ method: 'POST', url: '/mutate/a', payload, headers: { 'content-type': 'application/json' } });
    const { user, system } = process.cpuUsage(before);
    // The first ones warm the compiler up.
    if (index >= 50) took.push((user + system) / 1000);
  }
  expect(median(took)).toBeLessThan(5);
});

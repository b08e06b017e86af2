import { Agent, request } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { memoryClient } from '../kube/testing/memory-client.ts';
import { silentLog } from '../kube/testing/silent-log.ts';
import { publish, webhookConfiguration } from './configuration.ts';
import { startWebhook, type Webhook, type WebhookParameters } from './main.ts';
import { podOf, reviewOf } from './pod.samples.ts';

const CONFIGURATION = 'mutatingwebhookconfigurations//zz-berth-a';
const SECRET = 'secrets/berth-system/berth-webhook-tls';
const { signal } = new AbortController();

interface Written extends KubeObject {
  webhooks: { clientConfig: { url?: string; service?: object; caBundle: string } }[];
}

/** A cluster as the installer leaves it, in memory. */
function setUp(parameters: Partial<WebhookParameters> = {}) {
  const home = memoryClient();
  home.objects.set(CONFIGURATION, { metadata: { name: 'zz-berth-a' }, ...{ webhooks: [] } });
  const log = silentLog();
  const common = { cluster: 'a', home, host: '127.0.0.1', port: 0, log, now: Date.now, random: Math.random };
  const start = async (more: Partial<WebhookParameters> = {}): Promise<Webhook> => {
    const webhook = await startWebhook({ ...common, signal, ...parameters, ...more });
    onTestFinished(() => webhook.stop());
    return webhook;
  };
  const told = () => (home.objects.get(CONFIGURATION) as Written).webhooks[0]?.clientConfig;
  return { home, log, start, told, trusted: () => Buffer.from(told()?.caBundle ?? '', 'base64') };
}

interface Asked {
  /** What the client trusts. */
  ca: Buffer;
  agent?: Agent;
  body?: object;
}

/** Status of a request as an API server makes it, and whether it went over a connection that was there. */
const ask = (url: string, { ca, agent, body }: Asked): Promise<{ status: number; reused: boolean; closes: boolean }> =>
  new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method, headers, ca, agent: agent ?? false, timeout: 5000 }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const closes = answer.headers.connection === 'close';
      answer.resume().on('end', () => resolve({ status, reused: sent.reusedSocket, closes }));
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });

describe('startWebhook', () => {
  it('serves by a certificate of its authority until it is stopped, and again after a restart', async () => {
    const { start, trusted, home } = setUp();
    const first = await start();
    expect(await first.publish()).toBe(true);
    const ca = trusted();
    expect(await ask(`${first.url}/readyz`, { ca })).toMatchObject({ status: 200 });
    await first.stop();
    await expect(ask(`${first.url}/readyz`, { ca })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const second = await start();
    expect(await ask(`${second.url}/readyz`, { ca })).toMatchObject({ status: 200 });
    expect(home.writes.filter((write) => write.includes('secrets'))).toEqual([`create ${SECRET}`]);
  });

  it('stops by its signal', async () => {
    const controller = new AbortController();
    const { start, trusted } = setUp();
    const { url, publish, stopped } = await start({ signal: controller.signal });
    await publish();
    controller.abort();
    await stopped;
    await expect(ask(`${url}/readyz`, { ca: trusted() })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not start after its signal, nor on a port that is taken', async () => {
    const { start } = setUp();
    await expect(start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const { url } = await start();
    await expect(start({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('serves on while it drains, says that it is not ready, and lets connections end with an answer', async () => {
    const controller = new AbortController();
    const { start, trusted } = setUp({ drainMs: 1000, signal: controller.signal });
    const { url, publish, stopped } = await start();
    await publish();
    const agent = new Agent({ keepAlive: true });
    const asked = { ca: trusted(), agent, body: reviewOf(podOf()) };
    expect(await ask(`${url}/mutate/a`, asked)).toEqual({ status: 200, reused: false, closes: false });
    controller.abort();
    expect(await ask(`${url}/mutate/a`, asked)).toEqual({ status: 200, reused: true, closes: true });
    expect(await ask(`${url}/mutate/a`, asked)).toEqual({ status: 200, reused: false, closes: true });
    expect(await ask(`${url}/readyz`, { ca: trusted() })).toMatchObject({ status: 503 });
    await stopped;
    await expect(ask(`${url}/readyz`, { ca: trusted() })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('rotation', () => {
  it('renews certificate and authority: who trusts what the API server is told always gets an answer', {
    timeout: 30_000,
  }, async () => {
    // All within the five minutes by which certificates begin before their time.
    const policy = { servingMs: 60_000, authorityMs: 180_000, settleMs: 6_000 };
    let passed = 0;
    const now = () => Date.now() + passed;
    const { start, trusted, home } = setUp({ policy, checkMs: 10, now });
    let reads = 0;
    const { get } = home;
    home.get = (resource, name, options) => {
      reads++;
      return get(resource, name, options);
    };
    const [one, two] = await Promise.all([start(), start()]);
    await one.publish();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = { ca: trusted(), agent, body: reviewOf(podOf()) };
    await ask(`${one.url}/mutate/a`, kept);
    const first = trusted();
    const bundles = new Set<string>();
    for (; passed < 250_000; passed += 4_000) {
      for (const { url } of [one, two])
        expect(await ask(`${url}/readyz`, { ca: trusted() })).toMatchObject({ status: 200 });
      expect(await ask(`${one.url}/mutate/a`, kept)).toMatchObject({ status: 200, reused: true });
      bundles.add(trusted().toString());
      const seen = reads;
      await expect.poll(() => reads, { interval: 2 }).toBeGreaterThan(seen + 3);
    }
    expect(bundles.size).toBeGreaterThanOrEqual(3);
    expect(trusted().toString()).not.toContain(first.toString());
    await expect(ask(`${one.url}/readyz`, { ca: first })).rejects.toThrow();
    expect(home.writes.filter((write) => write.startsWith('replace')).length).toBeLessThan(20);
  });

  it('goes on by what it has while the API server is away, and writes what is due afterwards', async () => {
    const { start, trusted, home, log, told } = setUp({ checkMs: 10 });
    const { url, publish } = await start();
    await publish();
    const { get } = home;
    home.get = () => Promise.reject(new Error('no answer'));
    home.objects.delete(SECRET);
    await expect.poll(() => log.entries.some(({ level }) => level === 'error' || level === 'warn')).toBe(true);
    expect(await ask(`${url}/readyz`, { ca: trusted() })).toMatchObject({ status: 200 });
    const before = told()?.caBundle;
    home.get = get;
    await expect.poll(() => home.objects.has(SECRET), { timeout: 5000 }).toBe(true);
    await expect.poll(() => told()?.caBundle !== before, { timeout: 5000 }).toBe(true);
    expect(await ask(`${url}/readyz`, { ca: trusted() })).toMatchObject({ status: 200 });
  });
});

describe('publish', () => {
  const address = { url: 'https://10.0.0.1:8443', caBundle: 'Y2E=' };

  it('writes once into the configuration, and cannot where there is none', async () => {
    const { home } = setUp();
    for (let times = 0; times < 2; times++) expect(await publish(home, 'a', address, signal)).toBe(true);
    expect(home.writes).toEqual([`apply ${CONFIGURATION}`]);
    home.objects.clear();
    expect(await publish(home, 'a', address, signal)).toBe(false);
  });

  it('sends to the path of the cluster, by address or by Service', () => {
    const clientConfig = { url: 'https://10.0.0.1:8443/mutate/a', caBundle: 'Y2E=' };
    expect(webhookConfiguration('a', address)).toMatchObject({
      metadata: { name: 'zz-berth-a' },
      webhooks: [{ clientConfig }, { clientConfig }],
    });
    const service = { ...address, url: 'https://berth-webhook.berth-system.svc:443' };
    expect(webhookConfiguration('a', service).webhooks?.[0]?.clientConfig).toEqual({
      service: { name: 'berth-webhook', namespace: 'berth-system', port: 443, path: '/mutate/a' },
      caBundle: 'Y2E=',
    });
  });
});

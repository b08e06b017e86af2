import { request } from 'node:https';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { webhookConfiguration } from './configuration.ts';
import { startWebhook, type Webhook } from './main.ts';

const start = (signal: AbortSignal): Promise<Webhook> =>
  startWebhook({ host: '127.0.0.1', port: 0, log: pino({ enabled: false }), now: () => Date.now(), signal });

/** Status of a GET by a client that trusts the webhook's authority only. */
const get = ({ url, caBundle }: Webhook): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const ca = Buffer.from(caBundle, 'base64');
    request(`${url}/readyz`, { ca, agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('startWebhook', () => {
  it('serves by a certificate of its authority until it is stopped', async () => {
    const webhook = await start(new AbortController().signal);
    expect(await get(webhook)).toBe(200);
    await webhook.stop();
    await expect(get(webhook)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stops by its signal', async () => {
    const controller = new AbortController();
    const webhook = await start(controller.signal);
    controller.abort();
    await expect.poll(() => get(webhook).catch((error: unknown) => error)).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not start after its signal, nor on a port that is taken', async () => {
    await expect(start(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    const webhook = await start(new AbortController().signal);
    const { signal } = new AbortController();
    const port = Number(new URL(webhook.url).port);
    const second = startWebhook({ host: '127.0.0.1', port, log: pino({ enabled: false }), now: Date.now, signal });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await webhook.stop();
  });
});

it('webhookConfiguration sends to the path of the cluster', () => {
  const configuration = webhookConfiguration('a', { url: 'https://10.0.0.1:8443', caBundle: 'Y2E=' });
  expect(configuration).toMatchObject({
    metadata: { name: 'zz-berth-a' },
    webhooks: [{ clientConfig: { url: 'https://10.0.0.1:8443/mutate/a', caBundle: 'Y2E=' } }],
  });
});

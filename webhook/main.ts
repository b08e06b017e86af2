/** Starts the webhook. */
import { type AddressInfo, isIP } from 'node:net';
import { type Authority, createAuthority, issue } from '../certs/issue.ts';
import type { Log } from '../kube/index.ts';
import type { WebhookAddress } from './configuration.ts';
import { DEFAULT_PROXY_IMAGE } from './proxy.ts';
import { buildServer } from './server.ts';

export { webhookConfiguration, webhookConfigurationName } from './configuration.ts';

/** As long as a process may live: there is no rotation yet, a restart makes new certificates. */
const CERTIFICATE_DAYS = 3650;

/** How long reviews under way may take once the webhook is asked to stop; they take milliseconds. */
const CLOSE_GRACE_MS = 1_000;

export interface WebhookParameters {
  /** IP address or name: listened on, and what API servers reach the webhook by. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Stops the webhook. */
  signal: AbortSignal;
  /** Signs the serving certificate; a new one if left out. */
  authority?: Authority;
  /** Image of the proxies' containers. */
  image?: string;
}

/** A running webhook: its address for webhookConfiguration, and the way to stop it, which waits for open requests. */
export interface Webhook extends WebhookAddress {
  stop: () => Promise<void>;
}

/** Serves until `stop` or the signal. Rejects if the port is taken or the signal has fired already. */
export async function startWebhook(parameters: WebhookParameters): Promise<Webhook> {
  const { host, port, log, now, signal, image = DEFAULT_PROXY_IMAGE } = parameters;
  const authority =
    parameters.authority ?? (await createAuthority({ commonName: 'berth-webhook', days: CERTIFICATE_DAYS, now }));
  const names = isIP(host) === 0 ? { dnsNames: [host] } : { ipAddresses: [host] };
  const tls = await issue(authority, { commonName: host, ...names, usage: 'server', days: CERTIFICATE_DAYS, now });
  const server = buildServer({ log, image, tls });
  await server.listen({ host, port });
  const stop = async (): Promise<void> => {
    signal.removeEventListener('abort', onAbort);
    // API servers keep connections for 90 s; some count as open although no review is on them.
    const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS);
    await server.close();
    clearTimeout(timer);
  };
  const onAbort = (): void => {
    stop().catch((error: unknown) => log.error({ err: error }, 'webhook did not stop cleanly'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) await stop();
  signal.throwIfAborted();
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${(server.server.address() as AddressInfo).port}`;
  log.info({ url }, 'webhook listens');
  return { url, caBundle: Buffer.from(authority.cert).toString('base64'), stop };
}

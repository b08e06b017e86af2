/** Starts the webhook of one cluster: its server, its certificates, and what its API servers are told of both. */
import { type AddressInfo, isIP } from 'node:net';
import type { CertificatePolicy } from '../certs/plan.ts';
import { type Certificates, createKeeper, type Keeper } from '../certs/reconciler.ts';
import { type ApiClient, type Log, sleep, startController } from '../kube/index.ts';
import { publish, type WebhookAddress } from './configuration.ts';
import { DEFAULT_PROXY_IMAGE } from './proxy.ts';
import { buildServer } from './server.ts';

export { webhookConfigurationName } from './configuration.ts';

/** How often Secret and configuration are compared with what they should be; another process may have renewed. */
const CHECK_MS = 30_000;

/** How long reviews under way may take once the webhook has drained; they take milliseconds. */
const CLOSE_GRACE_MS = 1_000;

export interface WebhookParameters {
  /** Name of the source cluster. */
  cluster: string;
  /** That cluster, as the webhook's own identity. */
  home: ApiClient;
  /** IP address or name to listen on; also what API servers reach the webhook by, unless `advertise` says another. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** `host` or `host:port` by which API servers reach this and all other webhook processes of the cluster. */
  advertise?: string;
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  random: () => number;
  /** Stops the webhook. */
  signal: AbortSignal;
  /** Image of the proxies' containers. */
  image?: string;
  /**
   * How long to go on serving, while it says that it is not ready, once it is asked to stop: until nobody sends pods
   * here any more. 0 unless told.
   */
  drainMs?: number;
  policy?: CertificatePolicy;
  checkMs?: number;
}

export interface Webhook {
  /** `https://host:port` as API servers are told. */
  url: string;
  /**
   * Tells the API server of the address, and from now on of every new authority. Resolves to false if there is no
   * configuration to tell it in.
   */
  publish: () => Promise<boolean>;
  /** Stops it, which waits for reviews under way. */
  stop: () => Promise<void>;
  /** Resolves when it has stopped. */
  stopped: Promise<void>;
}

/** Serves until `stop` or the signal. Rejects if the port is taken, the signal has fired or the Secret cannot be had. */
export async function startWebhook(parameters: WebhookParameters): Promise<Webhook> {
  const { cluster, home, host, port, advertise = host, log, now, signal, image = DEFAULT_PROXY_IMAGE } = parameters;
  const { policy } = parameters;
  const names = [withoutPort(advertise)];
  const keeper = createKeeper({ client: home, names, log, now, ...(policy && { policy }) });
  const certificates = await keeper.keep(signal);
  const ending = new AbortController();
  const asked = AbortSignal.any([signal, ending.signal]);
  const server = buildServer({ log, image, tls: certificates.serving, isDraining: () => asked.aborted });
  await server.listen({ host, port });
  const url = `https://${withPort(advertise, (server.server.address() as AddressInfo).port)}`;
  log.info({ url, cluster }, 'webhook listens');
  const upkeep = startUpkeep(parameters, { keeper, certificates, server, url });
  const stopped = aborted(asked).then(() => close(server, parameters, upkeep.end));
  stopped.catch((error: unknown) => log.error({ err: error }, 'webhook did not stop cleanly'));
  if (signal.aborted) await stopped;
  signal.throwIfAborted();
  return {
    url,
    publish: upkeep.publish,
    stop: () => {
      ending.abort();
      return stopped;
    },
    stopped,
  };
}

interface Served {
  keeper: Keeper;
  certificates: Certificates;
  server: ReturnType<typeof buildServer>;
  url: string;
}

/** Looks after certificates and configuration until its end. */
function startUpkeep(parameters: WebhookParameters, { keeper, certificates, server, url }: Served) {
  const { cluster, home, log, now, random, checkMs = CHECK_MS } = parameters;
  const ending = new AbortController();
  let current = certificates;
  let published = false;
  const tell = (signal: AbortSignal) => publish(home, cluster, addressOf(url, current), signal);
  const reconcile = async (_: string, signal: AbortSignal) => {
    const before = current;
    current = await keeper.keep(signal);
    // API servers first: what they do not trust yet must not be served.
    if (published && !(await tell(signal)))
      log.warn({ cluster }, 'the webhook configuration is gone; install it again');
    if (current.serving.cert !== before.serving.cert) server.server.setSecureContext(current.serving);
    return { wakeAfterMs: Math.min(checkMs, Math.max(0, current.wakeAt - now())) };
  };
  const controller = startController({
    name: 'webhook',
    workers: 1,
    reconcile,
    signal: ending.signal,
    log,
    now,
    random,
  });
  controller.enqueueAfter('certificates', checkMs);
  return {
    publish: () => {
      published = true;
      return tell(ending.signal);
    },
    end: () => {
      ending.abort();
      return controller.stopped;
    },
  };
}

const addressOf = (url: string, { bundle }: Certificates): WebhookAddress => ({
  url,
  caBundle: Buffer.from(bundle).toString('base64'),
});

async function close(
  server: ReturnType<typeof buildServer>,
  { drainMs = 0 }: WebhookParameters,
  end: () => Promise<void>,
) {
  await sleep(drainMs);
  // API servers keep connections for 90 s; some count as open although no review is on them.
  const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS);
  await Promise.all([server.close(), end()]);
  clearTimeout(timer);
}

/** `host`, `host:port`, `::1` or `[::1]:port`. */
const withoutPort = (address: string): string =>
  isIP(address) === 0 ? new URL(`https://${address}`).hostname.replace(/^\[|\]$/g, '') : address;

function withPort(address: string, port: number): string {
  if (isIP(address) !== 0) return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  return /:\d+$/.test(address) ? address : `${address}:${port}`;
}

/** Resolves when the signal fires. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

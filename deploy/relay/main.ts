/** The relay: joins streams of agents that all dial out. It keeps nothing, and says on the hub where it is. */
import { isIP } from 'node:net';
import { RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { createAuthority, issue } from '../../certs/issue.ts';
import { type ApiClient, type Log, startController } from '../../kube/index.ts';
import { createRelayServer, type RelayServerOptions } from './server.ts';

export interface RelayOptions extends Omit<RelayServerOptions, 'hub'> {
  /** The hub, as the relay's own service account. */
  hub: ApiClient;
  /** Address to listen on; port 0 takes a free one. */
  host: string;
  port: number;
  /** Host, and port if it is another, by which agents reach it; `host` if left out. */
  advertise?: { host: string; port?: number };
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export interface Relay {
  /** Resolves when the hub says where the relay is. */
  announced: Promise<void>;
  /** Resolves when nothing of the relay runs any more, after `signal` aborted. */
  stopped: Promise<void>;
}

/** The authority lives as long as the process, and is told to agents by the hub. */
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 90;
const RENEW_AFTER_MS = 60 * 86_400_000;
/** Somebody may have changed what the hub says. */
const CHECK_MS = 60_000;

/** Listens when it resolves; rejects if the address is not to be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { hub, host, port, now, random, signal, log } = options;
  const authority = await createAuthority({ commonName: 'berth-relay', days: AUTHORITY_DAYS, now });
  const relay = createRelayServer(options);
  const advertised = options.advertise?.host ?? host;
  const names = isIP(advertised) === 0 ? { dnsNames: [advertised] } : { ipAddresses: [advertised] };
  let renewAt = Number.NEGATIVE_INFINITY;
  const renew = async () => {
    if (now() < renewAt) return;
    const request = { commonName: 'berth-relay', usage: 'server', days: CERTIFICATE_DAYS, now, ...names } as const;
    relay.setCertificate(await issue(authority, request));
    renewAt = now() + RENEW_AFTER_MS;
  };
  await renew();
  const listened = await relay.listen(host, port);
  const atPort = options.advertise?.port ?? listened;
  const server = `https://${isIP(advertised) === 6 ? `[${advertised}]` : advertised}:${atPort}`;
  const announced = Promise.withResolvers<void>();
  const reconcile = async (_: string, aborted: AbortSignal) => {
    await renew();
    const data = { server, ca: authority.cert };
    const where = { type: 'merge', namespace: SYSTEM_NAMESPACE, signal: aborted } as const;
    await hub.patch('configmaps', RELAY.configMap, { data }, where);
    announced.resolve();
    return { wakeAfterMs: CHECK_MS };
  };
  const controller = startController({ name: 'relay', workers: 1, reconcile, signal, log, now, random });
  controller.enqueue('announcement');
  return { announced: announced.promise, stopped: controller.stopped.then(relay.close) };
}

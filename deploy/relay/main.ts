/** The relay: joins streams of agents that all dial out. It keeps nothing, and says on the hub where it is. */
import { RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { createRenewing } from '../../certs/renewing.ts';
import { type ApiClient, httpsUrl, type Log, startController } from '../../kube/index.ts';
import { identify } from './identity.ts';
import { createRelayServer, type RelayServerOptions } from './server.ts';
import { Standing } from './standing.ts';

export interface RelayOptions extends Omit<RelayServerOptions, 'hub' | 'standing'> {
  /** The hub, as the relay's own service account. */
  hub: ApiClient;
  /** Address to listen on; port 0 takes a free one. */
  host: string;
  port: number;
  /** Host, and port if it is another, by which agents reach it; `host` if left out. */
  advertise?: { host: string; port?: number };
  /** How often to ask the hub of each agent that is connected, in milliseconds; 20 s if left out. */
  standingMs?: number;
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

/** Somebody may have changed what the hub says. */
const CHECK_MS = 60_000;
/** An agent that the hub says twice not to know, and 10 s that API servers remember a token: below a minute. */
const STANDING_MS = 20_000;

/** Listens when it resolves; rejects if the address is not to be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { hub, host, port, standingMs: checkMs = STANDING_MS, now, random, signal, log } = options;
  const standing = new Standing({ identify: (shown, until) => identify(hub, shown, until), checkMs, now, log });
  const relay = createRelayServer({ ...options, standing });
  const advertised = options.advertise?.host ?? host;
  const { ca, renewed } = await createRenewing('berth-relay', advertised, now);
  const renew = async () => {
    const certificate = await renewed();
    if (certificate !== undefined) relay.setCertificate(certificate);
  };
  await renew();
  const listened = await relay.listen(host, port);
  const server = httpsUrl(advertised, options.advertise?.port ?? listened);
  const announced = Promise.withResolvers<void>();
  const reconcile = async (_: string, aborted: AbortSignal) => {
    await renew();
    const data = { server, ca };
    const where = { type: 'merge', namespace: SYSTEM_NAMESPACE, signal: aborted } as const;
    await hub.patch('configmaps', RELAY.configMap, { data }, where);
    announced.resolve();
    return { wakeAfterMs: CHECK_MS };
  };
  const common = { workers: 1, signal, log, now, random };
  const controller = startController({ ...common, name: 'relay', reconcile });
  controller.enqueue('announcement');
  const checks = startController({
    ...{ ...common, name: 'standing' },
    reconcile: async (_, aborted) => {
      await standing.check(aborted);
      return { wakeAfterMs: checkMs };
    },
  });
  checks.enqueue('agents');
  const stopped = Promise.all([controller.stopped, checks.stopped]).then(relay.close);
  return { announced: announced.promise, stopped };
}

/** The target's own port for streams, where sources have a route to it: what comes there needs no relay. */
import { type Direct, directAudience, memberOf, RELAY } from '../../api/index.ts';
import {
  type AgentsPortOptions,
  type ApiClient,
  agreeOn,
  createAgentsPort,
  httpsUrl,
  identifyBearer,
  Places,
  refuse,
  startController,
} from '../../kube/index.ts';
import type { Serve } from './serve.ts';

export interface DirectListen {
  /** Address to listen on; port 0 takes a free one. */
  host: string;
  port: number;
  /** Host, and port if it is another, by which sources reach it; `host` if left out. */
  advertise?: { host: string; port?: number };
}

/** PEM of the authority, and a new certificate whenever it is time for one. */
export interface Certificate {
  ca: string;
  renewed: () => Promise<{ cert: string; key: string } | undefined>;
}

export interface DirectOptions extends Pick<AgentsPortOptions, 'maxStrangers' | 'patienceMs' | 'log'> {
  cluster: string;
  /** The hub, as this member's agent. */
  hub: ApiClient;
  listen: DirectListen;
  serve: Serve;
  /** The certificate for this host, of an authority of our own. */
  certify: (host: string) => Promise<Certificate>;
  /** Streams of one source; 256 if left out. */
  maxStreams?: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  signal: AbortSignal;
}

/** As many as a relay lets a member have. */
const MAX_STREAMS = 256;
const CHECK_MS = 3_600_000;

/** Listens when it resolves, with what sources have to know; rejects if the address is not to be had. */
export async function startDirect(options: DirectOptions): Promise<{ at: Direct; stopped: Promise<void> }> {
  const { listen, now, random, signal, log } = options;
  const port = createDirectPort(options);
  const advertised = listen.advertise?.host ?? listen.host;
  const { ca, renewed } = await options.certify(advertised);
  const renew = async () => {
    const certificate = await renewed();
    if (certificate !== undefined) port.setCertificate(certificate);
    return { wakeAfterMs: CHECK_MS };
  };
  await renew();
  const listened = await port.listen(listen.host, listen.port);
  const controller = startController({ name: 'direct', workers: 1, reconcile: renew, signal, log, now, random });
  controller.enqueue('certificate');
  const at = { server: httpsUrl(advertised, listen.advertise?.port ?? listened), ca };
  return { at, stopped: controller.stopped.then(port.close) };
}

function createDirectPort({ cluster, hub, serve, maxStreams = MAX_STREAMS, ...options }: DirectOptions) {
  const places = new Places(maxStreams);
  const audiences = [directAudience(cluster)];
  return createAgentsPort({
    ...options,
    protocol: RELAY.protocol,
    identify: async (authorization, signal) =>
      memberOf((await identifyBearer(hub, authorization, { audiences, signal }))?.user ?? ''),
    take: async (asking, source) => {
      if (asking.request.url !== RELAY.dial + cluster) return refuse(asking, 404, `here is ${cluster} only`);
      asking.socket.once('close', places.take(`from ${source}`));
      agreeOn(RELAY.protocol, asking);
      serve(asking.socket, source);
    },
  });
}

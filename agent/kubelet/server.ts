/**
 * The kubelet API of this cluster's virtual nodes, one port for each: logs, exec, attach and port-forward of proxies, and
 * what the proxies use.
 */
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import {
  type ApiClient,
  type Log,
  Strangers,
  type StreamServer,
  serveStreams,
  startController,
} from '../../kube/index.ts';
import { type AnswerOptions, answer } from './answer.ts';
import { clientAuthority } from './ask.ts';
import { certifiedCaller } from './caller.ts';
import type { Serving } from './certificate/reconciler.ts';
import { portsToTry } from './ports.ts';

export interface KubeletServerOptions extends Omit<AnswerOptions, 'since'> {
  home: ApiClient;
  /** Where to listen, which is also what the nodes show. */
  host: string;
  /** Of the first node; the others have the next that are free. 0 takes free ones. */
  port: number;
  serving: Pick<Serving, 'current' | 'onChange'>;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export interface KubeletServer {
  /**
   * Port of the target's node, which is listened on from the first call on; `shown` is what the node shows already.
   * Rejects if no port is to be had.
   */
  portOf(target: string, shown?: number): Promise<number>;
  stopped: Promise<void>;
}

/** How often the authority of the API servers' certificates is looked at. */
const CHECK_MS = 60_000;
/** API servers send all of a request at once. */
const REQUEST_MS = 10_000;
const HANDSHAKE_MS = 5_000;
const MAX_CONNECTIONS = 2000;
/** Those that have not shown a certificate of the cluster; fewer, so that they never keep its API servers out. */
const MAX_STRANGERS = 512;

/** Serves nobody until the cluster's authority is known. */
export function startKubeletServer(options: KubeletServerOptions): KubeletServer {
  const { signal, log, now, random } = options;
  const listeners = createListeners({ ...options, since: now() });
  const reconcile = async (_: string, aborted: AbortSignal) => {
    const ca = await clientAuthority(options.home, aborted);
    listeners.trust(ca);
    if (ca === undefined) log.warn({}, 'the cluster has no authority for clients: logs and exec cannot be answered');
    return { wakeAfterMs: CHECK_MS };
  };
  const controller = startController({ name: 'kubelet', workers: 1, reconcile, signal, log, now, random });
  controller.enqueue('authority');
  return { portOf: listeners.portOf, stopped: controller.stopped.then(listeners.close) };
}

type Answering = KubeletServerOptions & AnswerOptions;

function createListeners(options: Answering) {
  const { serving, host, port: first } = options;
  const servers: Listener[] = [];
  const ports = new Map<string, Promise<number>>();
  let trusted: string | undefined;
  const secureAll = () => {
    for (const { secure } of servers) secure(trusted);
  };
  const unfollow = serving.onChange(secureAll);
  // One after the other, so that two nodes do not try the same port.
  let last: Promise<unknown> = Promise.resolve();
  const open = async (target: string, shown: number | undefined) => {
    await last.catch(() => undefined);
    options.signal.throwIfAborted();
    const listener = createListener(options, target);
    const port = await listenOn(listener, host, portsToTry(first, shown));
    servers.push(listener);
    listener.secure(trusted);
    return port;
  };
  return {
    portOf: (target: string, shown?: number): Promise<number> => {
      const known = ports.get(target);
      if (known !== undefined) return known;
      const opening = open(target, shown);
      ports.set(target, opening);
      opening.catch(() => ports.delete(target));
      last = opening;
      return opening;
    },
    trust: (ca: string | undefined) => {
      if (ca === trusted) return;
      trusted = ca;
      secureAll();
    },
    close: async () => {
      unfollow();
      await last.catch(() => undefined);
      await Promise.all(servers.map(({ close }) => close()));
    },
  };
}

interface Listener extends StreamServer {
  /** Serves by the certificate of now, and takes clients of this authority. */
  secure(ca: string | undefined): void;
}

function createListener(options: Answering, target: string): Listener {
  const { serving, log } = options;
  const server = createServer({
    ...{ ...serving.current(), ca: [], requestCert: true, rejectUnauthorized: false },
    ...{ handshakeTimeout: HANDSHAKE_MS, requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    // Node would look every 30 s only.
    connectionsCheckingInterval: 1_000,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const strangers = new Strangers(MAX_STRANGERS);
  server.on('connection', (socket: Socket) => strangers.admit(socket));
  const streams = serveStreams({
    server,
    take: (asking) => {
      if (certifiedCaller(asking) !== undefined) strangers.know(asking.request.socket);
      return answer(options, target, asking);
    },
    onError: (error, { request }) => {
      log.error({ err: error, path: request.url }, 'the kubelet API of a virtual node failed');
      return { status: 500, message: error instanceof Error ? error.message : String(error) };
    },
  });
  return { ...streams, secure: (ca) => server.setSecureContext({ ...serving.current(), ca: ca ?? [] }) };
}

/** On the first of these ports that nobody else listens on. */
async function listenOn({ listen }: StreamServer, host: string, ports: readonly number[]): Promise<number> {
  let inUse: unknown = new Error('there is no port left for a virtual node');
  for (const port of ports) {
    try {
      return await listen(host, port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      inUse = error;
    }
  }
  throw inUse;
}

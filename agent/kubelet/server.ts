/**
 * The kubelet API of this cluster's virtual nodes: logs, exec, attach and port-forward of proxies.
 * Only the cluster's own API servers are answered: who may exec here may exec in any proxy.
 */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ApiClient, type Asking, type Log, refuse, startController } from '../../kube/index.ts';
import { clientAuthority } from './ask.ts';
import { answer, type StreamOptions } from './streams.ts';

export interface KubeletServerOptions extends StreamOptions {
  home: ApiClient;
  /** Where to listen, which is also what the nodes show; port 0 takes a free one. */
  host: string;
  port: number;
  /** Certificate and key, PEM. */
  tls: { cert: string; key: string };
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export interface KubeletServer {
  port: number;
  stopped: Promise<void>;
}

/** How often the authority of the API servers' certificates is looked at. */
const CHECK_MS = 60_000;
/** API servers send all of a request at once. */
const REQUEST_MS = 10_000;
const HANDSHAKE_MS = 5_000;
const MAX_CONNECTIONS = 1000;

/** Listens when it resolves; rejects if the address is not to be had. Serves nobody until the cluster's authority is known. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { host, port, signal, log, now, random } = options;
  const { server, close } = buildServer(options);
  await listening(server, host, port);
  let trusted: string | undefined;
  const reconcile = async (_: string, aborted: AbortSignal) => {
    const ca = await clientAuthority(options.home, aborted);
    if (ca !== trusted) server.setSecureContext({ ...options.tls, ca: ca ?? [] });
    if (ca === undefined) log.warn({}, 'the cluster has no authority for clients: logs and exec cannot be answered');
    trusted = ca;
    return { wakeAfterMs: CHECK_MS };
  };
  const controller = startController({ name: 'kubelet', workers: 1, reconcile, signal, log, now, random });
  controller.enqueue('authority');
  return { port: (server.address() as AddressInfo).port, stopped: controller.stopped.then(close) };
}

function buildServer(options: KubeletServerOptions): { server: Server; close: () => Promise<void> } {
  const server = createServer({
    ...{ ...options.tls, ca: [], requestCert: true, rejectUnauthorized: false },
    handshakeTimeout: HANDSHAKE_MS,
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Those that changed their protocol are no connections of the server's any more.
  const streams = new Set<Duplex>();
  const take = (asking: Asking) => {
    answer(options, asking).catch((error: unknown) => {
      if (asking.socket.destroyed) return;
      options.log.error({ err: error, path: asking.request.url }, 'the kubelet API of a virtual node failed');
      refuse(asking, 500, error instanceof Error ? error.message : String(error));
    });
  };
  server.on('request', (request, response) => take({ request, response, socket: request.socket }));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
    if (first.length > 0) socket.unshift(first);
    streams.add(socket);
    socket.on('error', () => undefined).once('close', () => streams.delete(socket));
    take({ request, socket });
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of streams) socket.destroy();
    });
  return { server, close };
}

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen({ host, port }, () => {
      server.off('error', reject).on('error', () => undefined);
      resolve();
    });
  });

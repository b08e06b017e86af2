/**
 * The kubelet API of this cluster's virtual nodes: logs, exec, attach and port-forward of proxies.
 * Only the cluster's own API servers are answered: who may exec here may exec in any proxy.
 */
import { createServer } from 'node:https';
import { type ApiClient, type Log, serveStreams, startController } from '../../kube/index.ts';
import { clientAuthority } from './ask.ts';
import type { Serving } from './certificate/reconciler.ts';
import { answer, type StreamOptions } from './streams.ts';

export interface KubeletServerOptions extends StreamOptions {
  home: ApiClient;
  /** Where to listen, which is also what the nodes show; port 0 takes a free one. */
  host: string;
  port: number;
  serving: Pick<Serving, 'current' | 'onChange'>;
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
  const { signal, log, now, random, serving } = options;
  const server = createServer({
    ...{ ...serving.current(), ca: [], requestCert: true, rejectUnauthorized: false },
    ...{ handshakeTimeout: HANDSHAKE_MS, requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
  });
  server.maxConnections = MAX_CONNECTIONS;
  let trusted: string | undefined;
  const secure = (ca: string | undefined) => {
    server.setSecureContext({ ...serving.current(), ca: ca ?? [] });
    trusted = ca;
  };
  const unfollow = serving.onChange(() => secure(trusted));
  const { listen, close } = serveStreams({
    server,
    take: (asking) => answer(options, asking),
    onError: (error, { request }) => {
      log.error({ err: error, path: request.url }, 'the kubelet API of a virtual node failed');
      return { status: 500, message: error instanceof Error ? error.message : String(error) };
    },
  });
  const port = await listen(options.host, options.port);
  const reconcile = async (_: string, aborted: AbortSignal) => {
    const ca = await clientAuthority(options.home, aborted);
    if (ca !== trusted) secure(ca);
    if (ca === undefined) log.warn({}, 'the cluster has no authority for clients: logs and exec cannot be answered');
    return { wakeAfterMs: CHECK_MS };
  };
  const controller = startController({ name: 'kubelet', workers: 1, reconcile, signal, log, now, random });
  controller.enqueue('authority');
  const stopped = controller.stopped.then(() => {
    unfollow();
    return close();
  });
  return { port, stopped };
}

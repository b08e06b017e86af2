/** The relay's port: agents dial in, and say what for by the path that they ask to upgrade. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { isClusterName, RELAY } from '../../api/index.ts';
import {
  type ApiClient,
  ApiError,
  type Asking,
  type Log,
  refuse,
  type StreamServer,
  serveStreams,
  splice,
  upgrade,
} from '../../kube/index.ts';
import { Exchange } from './exchange.ts';
import { identify, mayDial } from './identity.ts';
import { Strangers } from './strangers.ts';

export interface RelayServerOptions {
  /** The hub, as the relay's own service account. */
  hub: ApiClient;
  /** Streams of one member; see Exchange. */
  maxStreams?: number;
  /** Connections that have not said whose they are; 512 if left out. */
  maxStrangers?: number;
  /** How long a connection may take to say what it wants, in milliseconds; 5 s if left out. */
  patienceMs?: number;
  /** How long nothing may move in a stream before it is ended, in milliseconds; 4 h if left out, as kubelets have it. */
  streamIdleMs?: number;
  /** Told how many bytes of a stream have gone through. */
  onCopied?: (bytes: number) => void;
  log: Log;
}

export interface RelayServer extends StreamServer {
  /** PEM; for connections from now on. */
  setCertificate(certificate: { cert: string; key: string }): void;
}

const PATIENCE_MS = 5_000;
const HUB_MS = 10_000;
/** Connections of whom it is not known yet that they are agents. */
const MAX_STRANGERS = 512;
const KEEP_ALIVE_PROBE = 15_000;
/** KubeletConfiguration, `streamingConnectionIdleTimeout`. */
const STREAM_IDLE_MS = 4 * 3_600_000;

/** Serves nobody until it has a certificate and listens. */
export function createRelayServer(options: RelayServerOptions): RelayServer {
  const { patienceMs = PATIENCE_MS, log } = options;
  const limits = { handshakeTimeout: patienceMs, headersTimeout: patienceMs, requestTimeout: patienceMs };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000, keepAlive: true, noDelay: true });
  const exchange = new Exchange({ newId: () => randomBytes(16).toString('hex'), ...options });
  const strangers = new Strangers(options.maxStrangers ?? MAX_STRANGERS);
  server.on('connection', (socket: Socket) => strangers.admit(socket));
  const { listen, close } = serveStreams({
    server,
    take: (asking) => serve(options, { exchange, strangers }, asking),
    onError: (error) => {
      if (!(error instanceof ApiError)) log.warn({ err: error }, 'the relay could not serve an agent');
      const message = error instanceof Error ? error.message : String(error);
      return { status: error instanceof ApiError ? error.status : 502, message };
    },
  });
  return { setCertificate: (certificate) => server.setSecureContext(certificate), listen, close };
}

const agree = ({ socket }: Asking): void => upgrade(socket, { upgrade: RELAY.protocol });

interface Room {
  exchange: Exchange;
  strangers: Strangers;
}

async function serve(options: RelayServerOptions, { exchange, strangers }: Room, asking: Asking): Promise<void> {
  const { hub, log } = options;
  const { request, socket } = asking;
  const { headers, url = '' } = request;
  if (asking.response !== undefined) return refuse(asking, 426, 'agents ask here for an upgrade');
  request.socket.setKeepAlive(true, KEEP_ALIVE_PROBE);
  if (headers.upgrade !== RELAY.protocol) return refuse(asking, 400, `only ${RELAY.protocol} is spoken here`);
  const member = await identify(hub, headers.authorization, AbortSignal.timeout(HUB_MS));
  if (member === undefined)
    return refuse(asking, 401, 'only agents of members are answered, by their token of the hub');
  strangers.know(request.socket);
  if (url === RELAY.link) {
    agree(asking);
    log.info({ cluster: member }, 'an agent is linked');
    return exchange.link(member, socket);
  }
  if (url.startsWith(RELAY.fetch)) {
    agree(asking);
    if (!exchange.fetch(member, url.slice(RELAY.fetch.length), socket)) socket.destroy();
    return;
  }
  if (!url.startsWith(RELAY.dial)) return refuse(asking, 404, 'nothing is served under this path');
  return dial(options, exchange, asking, { source: member, target: url.slice(RELAY.dial.length) });
}

type Pair = Parameters<typeof mayDial>[1];

async function dial(options: RelayServerOptions, exchange: Exchange, asking: Asking, pair: Pair): Promise<void> {
  const { hub, streamIdleMs = STREAM_IDLE_MS, onCopied } = options;
  const { source, target } = pair;
  if (!isClusterName(target) || !(await mayDial(hub, pair, AbortSignal.timeout(HUB_MS))))
    return refuse(asking, 403, `${source} may not delegate to ${JSON.stringify(target)}`);
  const left = new AbortController();
  asking.socket.once('close', () => left.abort());
  const { connection, close } = await exchange.dial(source, target, left.signal);
  try {
    agree(asking);
    asking.request.socket.setTimeout(streamIdleMs, () => asking.socket.destroy());
    if (onCopied !== undefined)
      for (const end of [asking.socket, connection]) end.on('data', ({ length }: Buffer) => onCopied(length));
    await splice(asking.socket, connection);
  } finally {
    close();
  }
}

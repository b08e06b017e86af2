/** A port at which only agents are answered: they show a token, and ask for an upgrade to the one protocol that is spoken. */
import { createServer } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { type Asking, refuse, upgrade } from './answers.ts';
import { ApiError } from './errors.ts';
import type { Log } from './log.ts';
import { Strangers } from './strangers.ts';
import { type StreamServer, serveStreams } from './stream-server.ts';

export interface AgentsPortOptions<Agent = string> {
  protocol: string;
  /** The agent that sends this header (`Authorization`), undefined for anybody else. */
  identify: (authorization: string | undefined, signal: AbortSignal) => Promise<Agent | undefined>;
  /** Answers an agent, which waits for the upgrade; resolves when the stream has ended. */
  take: (asking: Asking, agent: Agent) => Promise<void>;
  /** Connections that have not said whose they are; 512 if left out. */
  maxStrangers?: number;
  /** How long a connection may take to say what it wants, in milliseconds; 5 s if left out. */
  patienceMs?: number;
  log: Log;
}

export interface AgentsPort extends StreamServer {
  /** PEM; for connections from now on. */
  setCertificate(certificate: { cert: string; key: string }): void;
}

const PATIENCE_MS = 5_000;
const IDENTIFY_MS = 10_000;
const MAX_STRANGERS = 512;
const KEEP_ALIVE_PROBE = 15_000;

/** Serves nobody until it has a certificate and listens. */
export function createAgentsPort<Agent = string>(options: AgentsPortOptions<Agent>): AgentsPort {
  const { patienceMs = PATIENCE_MS, maxStrangers = MAX_STRANGERS, log } = options;
  const limits = { handshakeTimeout: patienceMs, headersTimeout: patienceMs, requestTimeout: patienceMs };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000, keepAlive: true, noDelay: true });
  const strangers = new Strangers(maxStrangers);
  server.on('connection', (socket: Socket) => strangers.admit(socket));
  const { listen, close } = serveStreams({
    server,
    take: (asking) => admit(options, strangers, asking),
    onError: (error) => {
      if (!(error instanceof ApiError)) log.warn({ err: error }, 'an agent could not be served');
      const message = error instanceof Error ? error.message : String(error);
      return { status: error instanceof ApiError ? error.status : 502, message };
    },
  });
  return { setCertificate: (certificate) => server.setSecureContext(certificate), listen, close };
}

/** Tells the agent that its connection speaks the protocol from here on. */
export const agreeOn = (protocol: string, { socket }: Asking): void => upgrade(socket, { upgrade: protocol });

async function admit<Agent>(options: AgentsPortOptions<Agent>, strangers: Strangers, asking: Asking) {
  const { protocol, identify, take } = options;
  const { request } = asking;
  if (asking.response !== undefined) return refuse(asking, 426, 'agents ask here for an upgrade');
  request.socket.setKeepAlive(true, KEEP_ALIVE_PROBE);
  if (request.headers.upgrade !== protocol) return refuse(asking, 400, `only ${protocol} is spoken here`);
  const agent = await identify(request.headers.authorization, AbortSignal.timeout(IDENTIFY_MS));
  if (agent === undefined)
    return refuse(asking, 401, 'only agents of members are answered, by a token that the hub has made for this');
  // It may have left while the hub was asked.
  if (asking.socket.destroyed) return;
  strangers.know(request.socket);
  return take(asking, agent);
}

/** `https://host:port`, by which agents reach it. */
export const httpsUrl = (host: string, port: number): string =>
  `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** Requests whose answers have no end that is known: logs that are followed, and connections that change their protocol. */
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { Credentials } from './credentials.ts';
import { abortable } from './deadline.ts';
import { ConnectionError } from './errors.ts';
import type { Method } from './transport.ts';

export interface OpenRequest {
  method: Method;
  /** With the query string. */
  path: string;
  headers?: IncomingHttpHeaders | undefined;
  /** Ends what was opened, too. */
  signal: AbortSignal;
  /** How long the server may take for the head of its answer; as long as it likes if left out, as logs of a silent container do. */
  answerMs?: number | undefined;
}

/** What came of it: an answer of any status with its body, or a connection in the protocol that was asked for. */
export type Opened =
  | { kind: 'answer'; status: number; headers: IncomingHttpHeaders; body: Readable }
  | { kind: 'upgraded'; headers: IncomingHttpHeaders; socket: Duplex };

/** Rejects with ConnectionError or the signal's reason. */
export type Open = (request: OpenRequest) => Promise<Opened>;

const CONNECT_MS = 10_000;
const KEEP_ALIVE_PROBE = 15_000;

/** Opens streams at the server of these credentials, each over a connection of its own. */
export function createOpener(credentials: Credentials): Open {
  const open: Open = async (request) => {
    const identity = await abortable(credentials.headers(request.signal), request.signal);
    const opened = await begin(connectTo(credentials), { ...request, headers: { ...request.headers, ...identity } });
    if (opened.kind === 'upgraded' || opened.status !== 401 || credentials.invalidate === undefined) return opened;
    // The same once more if the identity was merely too old, as for all other requests.
    credentials.invalidate(identity);
    const fresh = await abortable(credentials.headers(request.signal), request.signal);
    if (fresh['authorization'] === identity['authorization']) return opened;
    opened.body.destroy();
    return begin(connectTo(credentials), { ...request, headers: { ...request.headers, ...fresh } });
  };
  return open;
}

/** The same over a connection that is there already, and that is used for nothing else. */
export const openOver = (connection: Duplex, request: OpenRequest): Promise<Opened> =>
  begin((options) => plain({ ...options, host: 'delegate', createConnection: () => connection }), request);

type Connect = (options: { method: Method; path: string; headers: IncomingHttpHeaders }) => ClientRequest;

function connectTo({ server, tls, proxy }: Credentials): Connect {
  const { protocol, hostname: host, port } = new URL(server);
  const at = { host: host.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) };
  if (protocol === 'http:') return (options) => plain({ ...options, ...at, agent: false });
  const agent = new Agent({
    keepAlive: false,
    ...tls,
    ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
  });
  return (options) => secure({ ...options, ...at, ...tls, agent });
}

function begin(connect: Connect, { method, path, headers = {}, signal, answerMs }: OpenRequest): Promise<Opened> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = connect({ method, path, headers });
    const cancel = () => request.destroy();
    signal.addEventListener('abort', cancel, { once: true });
    limitWaits(request, answerMs);
    request
      .once('upgrade', ({ headers: agreed }: IncomingMessage, socket: Duplex, first: Buffer) => {
        if (first.length > 0) socket.unshift(first);
        resolve({ kind: 'upgraded', headers: agreed, socket: endedBy(signal, socket) });
      })
      .once('response', (answer: IncomingMessage) => {
        const { statusCode: status = 0, headers: told } = answer;
        resolve({ kind: 'answer', status, headers: told, body: endedBy(signal, answer) });
      })
      .on('error', (cause: Error & { code?: string }) => {
        const failed = new ConnectionError(`${method} ${path}`, cause.code ?? 'ECONNRESET', true, cause);
        reject(signal.aborted ? signal.reason : failed);
      })
      .once('close', () => signal.removeEventListener('abort', cancel))
      .end();
  });
}

/** For a connection, and for an answer if that has a limit. */
function limitWaits(request: ClientRequest, answerMs: number | undefined): void {
  const giveUp = () => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
  let timer = setTimeout(giveUp, CONNECT_MS);
  const stop = () => clearTimeout(timer);
  const connected = () => {
    stop();
    if (answerMs !== undefined) timer = setTimeout(giveUp, answerMs);
  };
  request.once('socket', (socket: Duplex & Partial<Socket>) => {
    socket.setKeepAlive?.(true, KEEP_ALIVE_PROBE);
    if (socket.connecting !== true) connected();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
  request.once('upgrade', stop).once('response', stop).once('close', stop);
}

function endedBy<T extends Readable>(signal: AbortSignal, stream: T): T {
  const end = () => stream.destroy();
  signal.addEventListener('abort', end, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', end));
  return stream;
}

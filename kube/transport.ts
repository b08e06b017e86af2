/** HTTP to one API server: kept-alive connections, credentials on every request, failures as typed errors. */
import type { IncomingHttpHeaders } from 'node:http';
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Credentials } from './credentials.ts';
import { abortable } from './deadline.ts';
import { ApiError, ConnectionError, type Status } from './errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  method: Method;
  /** With the query string. */
  path: string;
  body?: string | undefined;
  headers?: Record<string, string> | undefined;
  /** Called when all is ready to be sent; what it throws is thrown, and nothing leaves. */
  fence?: (() => void) | undefined;
}

export interface Transport {
  /** Body of a successful answer. Rejects with ApiError, ConnectionError or the signal's reason. */
  text(request: HttpRequest, signal: AbortSignal): Promise<string>;
  /** Body of a successful answer as it comes, without a limit of time; ends early with the signal. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT = 10_000;
const HEADERS_TIMEOUT = 30_000;
const CONNECTIONS = 64;
/** An idle connection is closed by us before an API server (90 s) or a load balancer (60 s) does, perhaps under a write. */
const KEEP_ALIVE = 30_000;
/** Well under the idle limits of load balancers; libuv then probes every second. */
const KEEP_ALIVE_PROBE = 15_000;

/** Failures of which one knows that the request never left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** `userAgent` is told to the server with every request; see `berth/<component>` in audit logs. */
export function createTransport(credentials: Credentials, userAgent: string): Transport {
  // Watches have connections of their own: hundreds of them must not use up those of the requests.
  const requests = dispatcher(credentials, CONNECTIONS);
  const watches = dispatcher(credentials, null);

  const send = async (via: Dispatcher, request: HttpRequest, signal: AbortSignal, isRetry = false) => {
    const identity = await abortable(credentials.headers(signal), signal);
    const headers = { accept: 'application/json', 'user-agent': userAgent, ...request.headers, ...identity };
    const { method, path, body = null, fence } = request;
    fence?.();
    // undici closes the connection behind a DELETE with a body unless told not to: a TLS handshake each.
    const answer = await via.request({ origin: credentials.server, method, path, body, headers, signal, reset: false });
    if (answer.statusCode < 400) return answer.body;
    const explanation = await answer.body.text();
    if (answer.statusCode === 401 && !isRetry && credentials.invalidate !== undefined) {
      credentials.invalidate(identity);
      return send(via, request, signal, true);
    }
    throw apiError(request, answer.statusCode, answer.headers, explanation);
  };

  return {
    text: (request, signal) => translated(request, signal, async () => (await send(requests, request, signal)).text()),
    stream: (request, signal) => translated(request, signal, () => send(watches, request, signal)),
    close: async () => {
      await Promise.all([requests.destroy(), watches.destroy()]);
    },
  };
}

function dispatcher(credentials: Credentials, connections: number | null): Dispatcher {
  const options = {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: HEADERS_TIMEOUT,
    // Requests have a deadline, watches may be quiet.
    bodyTimeout: 0,
  };
  const socket = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE, timeout: CONNECT_TIMEOUT, allowH2: false };
  if (credentials.proxy !== undefined)
    return new ProxyAgent({ ...options, uri: credentials.proxy, requestTls: { ...socket, ...credentials.tls } });
  return new Pool(new URL(credentials.server).origin, {
    ...options,
    // Read at every new connection: certificates on disk and from plugins are rotated.
    connect: (target, callback) => buildConnector({ ...socket, ...credentials.tls })(target, callback),
  });
}

/** Turns what undici throws into a ConnectionError; reasons of the signal and ApiErrors pass. */
async function translated<T>(request: HttpRequest, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) throw error;
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new ConnectionError(`${request.method} ${request.path}`, code, !NOT_SENT.has(code), error);
  }
}

/** Node hides the codes of several failed addresses in an AggregateError. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error.cause);
}

function apiError(request: HttpRequest, status: number, headers: IncomingHttpHeaders, body: string): ApiError {
  const seconds = Number(headers['retry-after']);
  return new ApiError(status, parseStatus(body), {
    request: `${request.method} ${request.path}`,
    ...(Number.isFinite(seconds) && { retryAfterSeconds: seconds }),
  });
}

/** A `Status`, or for what proxies and old paths answer, the text itself. */
function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON: told as it is.
  }
  return { message: body.trim().slice(0, 500) };
}

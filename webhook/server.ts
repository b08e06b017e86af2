/** The webhook's HTTPS server. */
import type { Server, ServerOptions } from 'node:https';
import { gzipSync } from 'node:zlib';
import jsonPatch from 'fast-json-patch';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { isClusterName, type Pod, type ReasonName } from '../api/index.ts';
import type { Log } from '../kube/index.ts';
import { type Admission, admit } from './admit.ts';
import {
  allow,
  allowPatched,
  deny,
  explained,
  parseReview,
  type ReviewAnswer,
  type ReviewRequest,
  serialize,
} from './review.ts';
import { disown } from './task-result.ts';

/** An API server takes objects up to 3 MiB; a review holds one twice, if it has an old object. */
const BODY_LIMIT = 7 * 1024 * 1024;

/** Longer than an API server keeps an idle connection (90 s), so that it never writes into one that we just closed. */
const KEEP_ALIVE_MS = 120_000;

/** No API server waits longer for an answer (`timeoutSeconds` of the configuration), so nobody honest sends for longer. */
const REQUEST_MS = 10_000;
const HEADERS_MS = 5_000;
const HANDSHAKE_MS = 5_000;
const TIMEOUT_CHECK_MS = 1_000;

/** Far more than the API servers of a cluster keep; what lies beyond is turned away before it costs memory. */
const MAX_CONNECTIONS = 1_000;

export interface ServerParameters {
  log: Log;
  /** Image of the proxies' containers. */
  image: string;
  /** Certificate and key; without them the server cannot listen for API servers, only take injected requests. */
  tls?: Pick<ServerOptions, 'cert' | 'key'>;
  /** True from when the server is to lose its clients: it serves on, but every answer ends its connection. */
  isDraining?: () => boolean;
}

/** The server, not listening yet: `POST /mutate/:cluster`, `GET /healthz`, `GET /readyz`. */
export function buildServer(parameters: ServerParameters): FastifyInstance<Server> {
  const { log, image, isDraining = () => false } = parameters;
  const server = createServer(parameters);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, body: string) => body);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, path: request.url }, 'review failed');
    else log.warn({ status, path: request.url }, error.message);
    return reply.code(status).send(problem('MalformedReview', error.message));
  });
  // A connection that ends with an answer, rather than between two, takes no review along.
  server.addHook('onSend', async (_, reply) => {
    if (isDraining()) reply.header('connection', 'close');
  });
  server.get('/healthz', async () => 'ok');
  server.get('/readyz', async (_, reply) => (isDraining() ? reply.code(503).send('stopping') : 'ok'));
  server.post<{ Params: { cluster: string }; Body: string | null }>('/mutate/:cluster', async (request, reply) => {
    const { cluster } = request.params;
    if (!isClusterName(cluster)) return reply.code(404).send(problem('InvalidClusterName', cluster));
    const parsed = parseReview(parseJson(request.body ?? ''));
    if ('refused' in parsed) return reply.code(400).send(problem(parsed.refused.reason, parsed.refused.message));
    return reply.type('application/json').send(serialize(review(parsed.request, image, log, cluster)));
  });
  return server;
}

/** Slow and silent clients are cut off, so that they cost a connection each for seconds and nothing else. */
function createServer({ tls }: ServerParameters): FastifyInstance<Server> {
  const server = fastify({
    https: {
      ...tls,
      headersTimeout: HEADERS_MS,
      handshakeTimeout: HANDSHAKE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    requestTimeout: REQUEST_MS,
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  return server;
}

const problem = (reason: ReasonName, message: string) => ({ reason, message: explained({ reason, message }) });

/** undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function review(request: ReviewRequest, image: string, log: Log, cluster: string): ReviewAnswer {
  const { uid, namespace, pod, result } = request;
  if (result !== undefined) return allowPatched(uid, patchOf(result, disown(result)).base64);
  if (pod === undefined) return allow(uid);
  const about = { cluster, namespace, pod: pod.metadata.name ?? pod.metadata.generateName };
  const admission = admitSafely(pod, cluster, image);
  if ('refuse' in admission) {
    log.info({ ...about, reason: admission.refuse.reason }, admission.refuse.message);
    return deny(uid, admission.refuse);
  }
  if ('leave' in admission) {
    log.info({ ...about, reason: admission.leave.reason }, admission.leave.message);
    return allow(uid);
  }
  const { base64, bytes } = patchOf(pod, admission.proxy);
  log.info({ ...about, bytes }, 'proxy made');
  return allowPatched(uid, base64);
}

function patchOf(old: object, changed: object): { base64: string; bytes: number } {
  const patch = JSON.stringify(jsonPatch.compare(old, changed));
  return { base64: Buffer.from(patch).toString('base64'), bytes: patch.length };
}

/** JSON nested some thousand deep can be read but not written again: the recursion has no room on the stack. */
function admitSafely(pod: Pod, cluster: string, image: string): Admission {
  try {
    return admit(pod, { cluster, image, gzip: (text) => gzipSync(text).toString('base64') });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { refuse: { reason: 'MalformedReview', message: 'the pod is nested too deep' } };
  }
}

/**
 * The kubelet API of this cluster's virtual nodes, as far as Argo Workflows needs it to end steps: exec of its signals.
 * Only the cluster's own API servers are answered: who may exec here may end any proxy.
 */
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { describe, type Pod, PROXY_SCHEDULER } from '../../api/index.ts';
import { type ApiClient, type Log, type Store, startController } from '../../kube/index.ts';
import { type Caller, clientAuthority, mayUseNode } from './ask.ts';
import { endsStep } from './signals.ts';

export interface KubeletServerOptions {
  home: ApiClient;
  /** All pods of this cluster. */
  pods: Store<Pod>;
  /** Where to listen, which is also what the nodes show; port 0 takes a free one. */
  host: string;
  port: number;
  /** Certificate and key, PEM. */
  tls: { cert: string; key: string };
  /** Ends the delegate of the proxy with this UID with its grace; resolves when that is on its way. */
  endStep: (uid: string, signal: AbortSignal) => Promise<void>;
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
/** API servers send nothing but what users ask for now, and wait for it. */
const ANSWER_MS = 10_000;
const HANDSHAKE_MS = 5_000;
const MAX_CONNECTIONS = 200;

type ExecRoute = { Params: { namespace: string; pod: string; container: string } };

/** Listens when it resolves; rejects if the address is not to be had. Serves nobody until the cluster's authority is known. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { host, port, signal, log, now, random } = options;
  const server = buildServer(options);
  await server.listen({ host, port });
  let trusted: string | undefined;
  const reconcile = async (_: string, aborted: AbortSignal) => {
    const ca = await clientAuthority(options.home, aborted);
    if (ca !== trusted) server.server.setSecureContext({ ...options.tls, ca: ca ?? [] });
    if (ca === undefined) log.warn({}, 'the cluster has no authority for clients: signals of Argo cannot be answered');
    trusted = ca;
    return { wakeAfterMs: CHECK_MS };
  };
  const controller = startController({ name: 'kubelet', workers: 1, reconcile, signal, log, now, random });
  controller.enqueue('authority');
  const stopped = controller.stopped.then(() => {
    server.server.closeAllConnections();
    return server.close();
  });
  return { port: (server.server.address() as AddressInfo).port, stopped };
}

function buildServer(options: KubeletServerOptions): FastifyInstance<Server> {
  const server = fastify({
    https: { ...options.tls, ca: [], requestCert: true, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_MS },
    requestTimeout: ANSWER_MS,
    forceCloseConnections: true,
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  server.setErrorHandler((error: Error, request, reply) => {
    options.log.error({ err: error, path: request.url }, 'the kubelet API of a virtual node failed');
    return refuse(reply, 500, error.message);
  });
  server.setNotFoundHandler(async (request, reply) => {
    if (callerOf(request) === undefined) return refuse(reply, 401, NO_CALLER);
    return refuse(reply, 501, ELSEWHERE);
  });
  for (const method of ['GET', 'POST'] as const) {
    server.route<ExecRoute>({
      method,
      url: '/exec/:namespace/:pod/:container',
      handler: (request, reply) => exec(options, request, reply),
    });
  }
  return server;
}

const NO_CALLER = "only this cluster's API servers are answered, by their client certificate";
const ELSEWHERE = describe({ reason: 'NotThroughProxy', message: 'the pod runs in another cluster' });
const ENDING = `the step is told to end; ${ELSEWHERE}`;

/**
 * Nothing is run, and that is what the caller is told: Argo does not look at the answer (workflow/controller/pod/queue.go,
 * `signalContainers`), and a person is to know.
 */
async function exec(options: KubeletServerOptions, request: FastifyRequest<ExecRoute>, reply: FastifyReply) {
  const caller = callerOf(request);
  if (caller === undefined) return refuse(reply, 401, NO_CALLER);
  const { namespace, pod: name, container } = request.params;
  const pod = options.pods.get(`${namespace}/${name}`);
  const node = pod?.spec.schedulerName === PROXY_SCHEDULER ? pod.spec.nodeName : undefined;
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(ANSWER_MS)]);
  // First, so that others do not learn which pods there are.
  if (!(await mayUseNode(options.home, caller, node ?? '', deadline)))
    return refuse(reply, 403, `${caller.user} may not use nodes/proxy here`);
  if (pod === undefined || node === undefined)
    return refuse(reply, 404, `${namespace}/${name} is no proxy on a virtual node`);
  const command = new URL(request.url, 'https://kubelet').searchParams.getAll('command');
  if (!endsStep(pod, { container, command })) return refuse(reply, 501, ELSEWHERE);
  options.log.info({ namespace, pod: name, container, command }, 'Argo ends a step');
  await options.endStep(pod.metadata.uid ?? '', deadline);
  return refuse(reply, 501, ENDING);
}

/** undefined unless the certificate is of the cluster's authority. */
function callerOf({ raw }: FastifyRequest): Caller | undefined {
  const socket = raw.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] };
  const user = [CN ?? []].flat()[0];
  return user === undefined ? undefined : { user, groups: [O ?? []].flat() };
}

/** As kubectl and client-go read refusals. */
const refuse = (reply: FastifyReply, code: number, message: string) =>
  reply.code(code).send({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code });

/** The target's side of a stream: finds the delegate and opens the stream at this cluster's API server, as the source. */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { DELEGATE, type Pod, type PodDelegation, pairNamespace, sourceUser } from '../../api/index.ts';
import {
  type ApiClient,
  type Asking,
  agreed,
  type Log,
  type Open,
  passOn,
  refuse,
  type Store,
  serveStreams,
} from '../../kube/index.ts';
import { isDelegateOf } from '../target/delegate-pod.ts';
import { type Call, parseCall, podPath } from './paths.ts';
import { askMetrics } from './usage/ask.ts';
import { USAGE_PATH } from './usage/report.ts';

export interface ServeOptions {
  cluster: string;
  /** This cluster, as the agent. */
  home: ApiClient;
  /** At this cluster's API server, as the agent. */
  open: Open;
  /** Of this cluster, with index `proxyUid`. */
  pods: Store<Pod>;
  delegations: Store<PodDelegation>;
  signal: AbortSignal;
  log: Log;
}

/** Serves what comes over a connection from this source, which the relay has identified. */
export type Serve = (connection: Duplex, source: string) => void;

/** Who asked does so at once. */
const HEADERS_MS = 10_000;

export function createServe(options: ServeOptions): Serve {
  const sources = new WeakMap<Duplex, { source: string; slow: NodeJS.Timeout }>();
  const server = createServer();
  serveStreams({
    server,
    take: async (asking) => {
      const known = sources.get(asking.socket);
      clearTimeout(known?.slow);
      await serve(options, known?.source ?? '', asking);
    },
    onError: (error, { socket, request }) => {
      const { source } = sources.get(socket) ?? {};
      options.log.warn({ err: error, source, path: request.url }, 'a stream could not be opened');
      return { status: 502, message: error instanceof Error ? error.message : String(error) };
    },
  });
  return (connection, source) => {
    const end = () => connection.destroy();
    const slow = setTimeout(end, HEADERS_MS);
    sources.set(connection, { source, slow });
    options.signal.addEventListener('abort', end, { once: true });
    connection
      .on('error', () => undefined)
      .once('close', () => {
        clearTimeout(slow);
        options.signal.removeEventListener('abort', end);
      });
    server.emit('connection', connection);
  };
}

async function serve(options: ServeOptions, source: string, asking: Asking): Promise<void> {
  const { cluster, open } = options;
  const { request } = asking;
  if (request.url === USAGE_PATH) return tellUsage(options, source, asking);
  const call = parseCall(request.url ?? '');
  if (call === undefined) return refuse(asking, 404, 'nothing is served under this path');
  const pod = findDelegate(options, source, call);
  if (pod === undefined) return refuse(asking, 404, `${cluster} has no delegate of this pod`);
  const { name, namespace = '' } = pod.metadata;
  const headers = { ...agreed(request.headers), 'impersonate-user': sourceUser(source) };
  const method = request.method === 'POST' ? 'POST' : 'GET';
  const reader = new AbortController();
  asking.socket.once('close', () => reader.abort());
  const path = podPath({ namespace, name }, call);
  await passOn(await open({ method, path, headers, signal: reader.signal }), asking);
}

/** Of the delegates of this source, and of no other pod of this cluster. */
async function tellUsage(options: ServeOptions, source: string, asking: Asking): Promise<void> {
  const { home, pods, signal } = options;
  if (asking.response === undefined) return refuse(asking, 400, 'this is no stream');
  const proxyUid = (namespace: string, name: string) => {
    const pod = pods.get(`${namespace}/${name}`);
    const uid = pod?.metadata.annotations?.[DELEGATE.proxyUid];
    return uid !== undefined && findDelegate(options, source, { uid }) === pod ? uid : undefined;
  };
  const report = await askMetrics(home, source, proxyUid, signal);
  asking.response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
  asking.response.end(JSON.stringify(report));
}

/** Only of a delegation between the two that still is: nothing else of this cluster is within a source's reach. */
function findDelegate(
  { cluster, pods, delegations }: ServeOptions,
  source: string,
  { uid }: Pick<Call, 'uid'>,
): Pod | undefined {
  const delegation = delegations.get(`${pairNamespace(source, cluster)}/${uid}`);
  if (delegation === undefined) return undefined;
  return pods.by('proxyUid', uid).find((pod) => isDelegateOf(pod, delegation));
}

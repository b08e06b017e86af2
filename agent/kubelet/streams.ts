/** One request to a virtual node: who asks, for which proxy, and what comes of it. */
import type { TLSSocket } from 'node:tls';
import { describe, type Pod, PROXY_SCHEDULER, targetOf } from '../../api/index.ts';
import {
  type ApiClient,
  ApiError,
  type Asking,
  ConnectionError,
  explanation,
  type Log,
  passOn,
  refuse,
  type Store,
} from '../../kube/index.ts';
import type { OpenDelegate } from '../streams/dial.ts';
import { type Caller, mayUseNode } from './ask.ts';
import { type KubeletRequest, readRequest } from './request.ts';
import { endsStep } from './signals.ts';

export interface StreamOptions {
  home: ApiClient;
  /** All pods of this cluster. */
  pods: Store<Pod>;
  /** Opens streams of delegates; without it nothing but Argo's signals is answered. */
  openDelegate?: OpenDelegate;
  /** Ends the delegate of the proxy with this UID with its grace; resolves when that is on its way. */
  endStep: (uid: string, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
  log: Log;
}

/** How long the cluster may take to say who may do what. */
const ASK_MS = 10_000;

const NO_CALLER = "only this cluster's API servers are answered, by their client certificate";
const ELSEWHERE = describe({ reason: 'NotThroughProxy', message: 'the pod runs in another cluster' });
const ENDING = `the step is told to end; ${ELSEWHERE}`;

/** Resolves when the stream has ended, or was refused. */
export async function answer(options: StreamOptions, asking: Asking): Promise<void> {
  const { request, socket } = asking;
  const caller = callerOf(socket as TLSSocket);
  if (caller === undefined) return say(asking, 401, NO_CALLER);
  const wanted = readRequest(request.url ?? '');
  const proxy = wanted && options.pods.get(`${wanted.namespace}/${wanted.pod}`);
  const node = proxy?.spec.schedulerName === PROXY_SCHEDULER ? proxy.spec.nodeName : undefined;
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(ASK_MS)]);
  const verb = wanted?.action === 'log' ? 'get' : 'create';
  // First, so that others do not learn which pods there are.
  if (!(await mayUseNode(options.home, { ...caller, verb, node: node ?? '' }, deadline)))
    return say(asking, 403, `${caller.user} may not use nodes/proxy here`);
  if (wanted === undefined) return say(asking, 404, 'virtual nodes serve nothing under this path');
  if (proxy === undefined || node === undefined)
    return say(asking, 404, `${wanted.namespace}/${wanted.pod} is no proxy on a virtual node`);
  if (isSignal(proxy, wanted)) {
    options.log.info({ namespace: wanted.namespace, pod: wanted.pod }, 'Argo ends a step');
    await options.endStep(proxy.metadata.uid ?? '', deadline);
    return say(asking, 501, ENDING);
  }
  return toDelegate(options, asking, { uid: proxy.metadata.uid ?? '', target: targetOf(node), wanted });
}

/**
 * Nothing is run then, and that is what the caller is told: Argo does not look at the answer
 * (workflow/controller/pod/queue.go, `signalContainers`), and a person is to know.
 */
function isSignal(proxy: Pod, { action, container, parameters }: KubeletRequest): boolean {
  if (action !== 'exec' || container === undefined) return false;
  const command = parameters.filter(([name]) => name === 'command').map(([, word]) => word);
  return endsStep(proxy, { container, command });
}

interface Wanted {
  uid: string;
  target: string | undefined;
  wanted: KubeletRequest;
}

async function toDelegate({ openDelegate, signal }: StreamOptions, asking: Asking, { uid, target, wanted }: Wanted) {
  if (openDelegate === undefined || target === undefined) return say(asking, 501, ELSEWHERE);
  const reader = new AbortController();
  const leave = () => reader.abort();
  asking.socket.once('close', leave);
  signal.addEventListener('abort', leave, { once: true });
  try {
    const { action, parameters } = wanted;
    const opened = await openDelegate(target, { uid, action, parameters }, asking, reader.signal);
    if (opened.kind === 'upgraded' || opened.status < 400) return await passOn(opened, asking);
    say(asking, opened.status, await explanation(opened.body));
  } catch (error) {
    if (reader.signal.aborted) return;
    if (!(error instanceof ApiError || error instanceof ConnectionError)) throw error;
    say(asking, error instanceof ApiError ? error.status : 502, `cluster ${target}: ${error.message}`);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/**
 * As kubelets do: in plain text, which API servers put into a `Status` of their own. What asked for an upgrade they pass
 * on as it is, so that it has to be one.
 */
function say(asking: Asking, code: number, message: string): void {
  if (asking.response === undefined) refuse(asking, code, message);
  else asking.response.writeHead(code, { 'content-type': 'text/plain' }).end(message);
}

/** undefined unless the certificate is of the cluster's authority. */
function callerOf(socket: TLSSocket): Caller | undefined {
  if (!socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] };
  const user = [CN ?? []].flat()[0];
  return user === undefined ? undefined : { user, groups: [O ?? []].flat() };
}

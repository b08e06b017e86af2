/** A request for a stream: who asks, for which proxy, and what comes of it. */
import { type Pod, PROXY_SCHEDULER, targetOf } from '../../api/index.ts';
import type { ApiClient, Asking, Log, Store } from '../../kube/index.ts';
import type { Steps } from '../source/steps.ts';
import type { OpenDelegate } from '../streams/dial.ts';
import { mayUseNode } from './ask.ts';
import { certifiedCaller } from './caller.ts';
import { say, tell, toDelegate } from './opening.ts';
import { type KubeletRequest, readRequest } from './request.ts';
import { endsStep, type Signal } from './signals.ts';
import { takeSignal } from './steps.ts';

export interface StreamOptions {
  home: ApiClient;
  /** All pods of this cluster. */
  pods: Store<Pod>;
  /** Opens streams of delegates; without it nothing but Argo's signals is answered. */
  openDelegate?: OpenDelegate;
  /** Of Argo, as soon as they are looked after. */
  steps: Promise<Steps>;
  signal: AbortSignal;
  log: Log;
}

/** How long the cluster may take to say who may do what. */
const ASK_MS = 10_000;

const NO_CALLER = "only this cluster's API servers are answered, by their client certificate";

/** Resolves when the stream has ended, or was refused. */
export async function answerStream(options: StreamOptions, asking: Asking): Promise<void> {
  const { request } = asking;
  const caller = certifiedCaller(asking);
  if (caller === undefined) return say(asking, 401, NO_CALLER);
  const wanted = readRequest(request.url ?? '');
  const proxy = wanted && options.pods.get(`${wanted.namespace}/${wanted.pod}`);
  const node = proxy?.spec.schedulerName === PROXY_SCHEDULER ? proxy.spec.nodeName : undefined;
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(ASK_MS)]);
  const verb = wanted?.action === 'log' ? 'get' : 'create';
  // First, so that others do not learn which pods there are.
  if (!(await mayUseNode(options.home, caller, { verb, node: node ?? '', subresources: ['proxy'] }, deadline)))
    return say(asking, 403, `${caller.user} may not use nodes/proxy here`);
  if (wanted === undefined) return say(asking, 404, 'virtual nodes serve nothing under this path');
  if (proxy === undefined || node === undefined)
    return say(asking, 404, `${wanted.namespace}/${wanted.pod} is no proxy on a virtual node`);
  const asked = { uid: proxy.metadata.uid ?? '', target: targetOf(node), wanted };
  const argos = signalIn(proxy, wanted);
  // API servers hand on what an upgrade is answered, so that it stays what they would have had from a kubelet.
  if (argos === undefined)
    return toDelegate(options, asking, asked, { refused: (...why) => tell(asking, ...why), asItIs: true });
  const { namespace, pod, container } = wanted;
  options.log.info({ namespace, pod, container, signal: argos }, 'Argo ends a step');
  return takeSignal({ ...options, steps: await options.steps }, asking, { proxy, asked, argos }, deadline);
}

function signalIn(proxy: Pod, { action, container, parameters }: KubeletRequest): Signal | undefined {
  if (action !== 'exec' || container === undefined) return undefined;
  const command = parameters.filter(([name]) => name === 'command').map(([, word]) => word);
  return endsStep(proxy, { container, command });
}

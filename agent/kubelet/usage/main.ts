/** What collectors ask of a virtual node: which pods there are, and what they use. */
import { type Pod, virtualNodeName } from '../../../api/index.ts';
import { type ApiClient, type Asking, refuse, type Store } from '../../../kube/index.ts';
import { mayUseNode } from '../ask.ts';
import { knownCaller } from '../caller.ts';
import { say } from '../opening.ts';
import { EXPOSITION_TYPE, exposition } from './exposition.ts';
import { proxiesOn, type UsageOn } from './gather.ts';
import type { Route } from './routes.ts';
import { summary } from './summary.ts';

export interface UsageAnswerOptions {
  home: ApiClient;
  /** All pods of this cluster. */
  pods: Store<Pod>;
  /** Without it nothing is known of what pods use. */
  usageOn?: UsageOn;
  /** Since when usage is counted; milliseconds since the epoch. */
  since: number;
  signal: AbortSignal;
}

export interface UsageQuestion {
  target: string;
  route: Route;
}

/** How long the cluster may take to say who asks, and whether they may. */
const ASK_MS = 10_000;

const NO_CALLER = "a client certificate or a token of this cluster's is needed";

/** Nothing is looked up before it is known that the caller may have it. */
export async function answerUsage(options: UsageAnswerOptions, asked: UsageQuestion, asking: Asking): Promise<void> {
  const { route, target } = asked;
  const { request, response } = asking;
  if (response === undefined) return refuse(asking, 400, 'this is no stream');
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(ASK_MS)]);
  const caller = await knownCaller(options.home, asking, deadline);
  if (caller === undefined) return say(asking, 401, NO_CALLER);
  const use = { verb: 'get', node: virtualNodeName(target), subresources: route.subresources } as const;
  if (!(await mayUseNode(options.home, caller, use, deadline)))
    return say(asking, 403, `${caller.user} may not use nodes/${route.subresources.join(' or nodes/')} here`);
  if (request.method !== 'GET') return say(asking, 405, 'this can only be read');
  const { code = 200, type, body } = await told(options, asked);
  response.writeHead(code, { 'content-type': type }).end(body);
}

interface Told {
  code?: number;
  type: string;
  body: string;
}

const json = (value: object): Told => ({ type: 'application/json', body: JSON.stringify(value) });

async function told(options: UsageAnswerOptions, { target, route }: UsageQuestion): Promise<Told> {
  const { usageOn, pods, since } = options;
  if (route.room === 'pods')
    return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: proxiesOn(pods, target) });
  try {
    const usage = (await usageOn?.(target)) ?? { pods: [] };
    if (route.room === 'resource') return { type: EXPOSITION_TYPE, body: exposition(usage) };
    return json(summary({ node: virtualNodeName(target), since, proxies: proxiesOn(pods, target), usage }));
  } catch (error) {
    if (route.room === 'resource') return { type: EXPOSITION_TYPE, body: exposition(undefined) };
    const message = error instanceof Error ? error.message : String(error);
    return { code: 503, type: 'text/plain', body: `cluster ${target}: ${message}` };
  }
}

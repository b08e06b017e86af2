/** The agent of one member: composes what runs in it. */
import { isIP } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { MAX_MANIFEST_BYTES, type ServingCertificate, UserError } from '../api/index.ts';
import { createAuthority, issue } from '../certs/issue.ts';
import { createRenewing } from '../certs/renewing.ts';
import { createRequest } from '../certs/request.ts';
import { type ApiClient, createEventRecorder, createRunner, type Log, type Open } from '../kube/index.ts';
import { startHeartbeat } from './heartbeat.ts';
import { startServing } from './kubelet/certificate/reconciler.ts';
import { startKubeletServer } from './kubelet/server.ts';
import { createUsage } from './kubelet/usage/gather.ts';
import { startVirtualNodes, type VirtualNodesOptions } from './node/reconciler.ts';
import { reportsOf } from './offline.ts';
import { startPools } from './pools/reconciler.ts';
import { type Source, startSource } from './source/reconciler.ts';
import { type AgentStores, createStores, type Feeds, feedStores } from './stores.ts';
import { dialling } from './streams/dial.ts';
import { type DirectListen, startDirect } from './streams/direct.ts';
import { keepLink } from './streams/link.ts';
import { type Connect, connectToRelay, type OpenAt } from './streams/relay.ts';
import { createServe } from './streams/serve.ts';
import { askingUsage } from './streams/usage/ask.ts';
import { type ConnectTo, connectByWays } from './streams/ways.ts';
import { startTarget } from './target/reconciler.ts';

export interface AgentOptions {
  /** Name of this member. */
  cluster: string;
  /** This cluster, as the agent. */
  home: ApiClient;
  /** The hub, as this member's agent. */
  hub: ApiClient;
  /**
   * IP address or name by which this cluster's API servers reach its virtual nodes, listened on too; without it neither
   * logs and exec of proxies nor Argo's signals arrive.
   */
  nodeAddress?: string;
  /** Opens streams: at this cluster's API server, and at the relay as the hub knows us. Without it there are no logs and no exec. */
  streams?: {
    open: Open;
    openAt: OpenAt;
    /** Where sources that have a route reach this agent without the relay; nowhere if left out. */
    direct?: DirectListen;
  };
  /** Of the first virtual node, the others have the next that are free; 0 takes free ones, as if left out. */
  nodePort?: number;
  /** Whose certificate the virtual nodes serve by; the agent's own if left out. */
  servingCertificate?: ServingCertificate;
  /** How long a delegate may be without a node before it is withdrawn, in milliseconds; 30 s if left out. */
  noNodeAfterMs?: number;
  version: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Longer than any agent runs. API servers that look at it (`--kubelet-certificate-authority`) refuse it in any case. */
const CERTIFICATE_DAYS = 3650;

export interface Agent {
  /** Resolves when nothing of the agent runs any more, after `signal` aborted. */
  stopped: Promise<void>;
}

/**
 * Resolves when proxies and delegates are served. Rejects if `signal` aborts before, and with ClusterNameTaken if the
 * cluster is not the one that the hub knows by this name.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const stores = createStores();
  const feeds = feedStores(stores, options);
  const { pods, nodes, observations, decisions, self, claims } = stores;
  await Promise.all([self, pods].map((store) => store.whenSynced(options.signal)));
  await checkIdentity(options, self);
  const sources = await serveSources(options, stores);
  const heartbeat = startHeartbeat({ ...options, direct: sources?.direct?.at });
  await Promise.all([nodes, observations, decisions, claims].map((store) => store.whenSynced(options.signal)));
  // What is listed later counts as left by who led before us, and has to wait for what they may have sent.
  await feeds.whenPairsListed(options.signal);
  const source = Promise.withResolvers<Source>();
  const { hub, streams, now } = options;
  const connect = streams && connectToRelay({ hub, openAt: streams.openAt, now });
  const connectTo = waysTo(options, stores, connect);
  const kubelet = await startKubelet(options, stores, source.promise, connectTo);
  const controllers = startControllers(options, stores, feeds, kubelet?.endpointOf);
  source.resolve(controllers.source);
  const link = connect && sources && { stopped: keepLink({ ...options, connect, serve: sources.serve }) };
  const optional = [kubelet, link, sources?.direct].filter((part) => part !== undefined);
  const parts = [feeds, heartbeat, ...optional, ...Object.values(controllers)];
  return { stopped: Promise.all(parts.map(({ stopped }) => stopped)).then(() => undefined) };
}

/** Before the virtual nodes, which show where it listens. */
async function startKubelet(
  options: AgentOptions,
  { pods }: AgentStores,
  source: Promise<Source>,
  connectTo: ConnectTo | undefined,
) {
  const { nodeAddress: host, nodePort: port = 0 } = options;
  if (host === undefined) return undefined;
  const serving = await startCertificate(options, host);
  const steps = source.then((started) => started.steps);
  const server = startKubeletServer({
    ...{ ...options, pods, host, port, serving, steps },
    ...(connectTo && { openDelegate: dialling(connectTo) }),
    ...(connectTo && { usageOn: createUsage({ ...options, pods, askUsage: askingUsage(connectTo) }) }),
  });
  const stopped = Promise.all([server.stopped, serving.stopped]);
  const endpointOf = async (target: string, shown?: number) => ({ host, port: await server.portOf(target, shown) });
  return { endpointOf, stopped };
}

/** One certificate for all virtual nodes: they have one address. */
async function startCertificate(options: AgentOptions, host: string) {
  const { now, servingCertificate: whose = 'own' } = options;
  const names = isIP(host) === 0 ? { dnsNames: [host] } : { ipAddresses: [host] };
  const wanted = { commonName: `system:node:${host}`, organizations: ['system:nodes'], ...names };
  const authority = await createAuthority({ commonName: 'berth-kubelet', days: CERTIFICATE_DAYS, now });
  const own = await issue(authority, { ...wanted, usage: 'server', days: CERTIFICATE_DAYS, now });
  return startServing({ ...options, whose, own, createRequest: () => createRequest(wanted) });
}

/** What other clusters ask of delegates here comes over the link, or to a port of our own. */
async function serveSources({ streams, ...options }: AgentOptions, stores: AgentStores) {
  if (streams === undefined) return undefined;
  const serve = createServe({ ...options, ...stores, open: streams.open });
  const certify = (host: string) => createRenewing(`berth-streams-${options.cluster}`, host, options.now);
  const direct = streams.direct && (await startDirect({ ...options, listen: streams.direct, serve, certify }));
  return { serve, direct };
}

/** Over the relay, or as the hub says of a target. */
function waysTo({ streams, ...options }: AgentOptions, { self }: AgentStores, connect: Connect | undefined) {
  if (streams === undefined || connect === undefined) return undefined;
  const { now, log } = options;
  const directOf = (target: string) =>
    self.get(options.cluster)?.status?.directTargets?.find(({ name }) => name === target);
  return connectByWays({ connect, directOf, openAt: streams.openAt, now, log });
}

/** In another cluster none of our delegates would be found, and all would be told as lost. */
async function checkIdentity({ cluster, home, signal }: AgentOptions, self: AgentStores['self']): Promise<void> {
  const expected = self.get(cluster)?.spec.uid;
  if (expected === undefined) return;
  const { uid } = (await home.get('namespaces', 'kube-system', { signal })).metadata;
  if (uid === expected) return;
  const message = `${cluster} is another cluster on the hub: its namespace kube-system has UID ${expected}, here it is ${uid}`;
  throw new UserError('ClusterNameTaken', message);
}

function startControllers(
  options: AgentOptions,
  stores: AgentStores,
  { knowsPair, hasListed }: Feeds,
  endpointOf: VirtualNodesOptions['endpointOf'],
) {
  const { home, hub, log, now } = options;
  const { pods, nodes, observations, decisions, delegations, self, claims } = stores;
  const act = createRunner({
    home,
    hub,
    log,
    stores: {
      home: { pods, nodes, configmaps: claims },
      hub: { podobservations: observations, poddecisions: decisions, poddelegations: delegations },
    },
  });
  const common = { ...options, act, pods, reports: reportsOf(self, options.cluster) };
  const virtualNodes = startVirtualNodes({ ...common, nodes, ...(endpointOf && { endpointOf }) });
  const source = startSource({
    ...common,
    observations,
    decisions,
    delegations,
    knowsPair,
    ensureVirtualNode: virtualNodes.ensure,
    events: createEventRecorder({ client: home, component: 'berth-agent', now, log }),
    gunzip: (base64) => gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_MANIFEST_BYTES }).toString(),
  });
  const { events, results } = stores;
  const target = startTarget({ ...common, delegations, hasListed, self, claims, events, results });
  const pools = startPools({ ...common, nodes });
  return { virtualNodes, source, target, pools };
}

/** What one plan of the target looks at, from caches, memory and, where those may be late, the API server. */
import {
  type Cluster,
  type ConfigMap,
  DELEGATE,
  isTerminal,
  type KubeEvent,
  NAMESPACE_CLAIMS,
  type Pod,
  type PodDelegation,
  SYSTEM_NAMESPACE,
  type WorkflowTaskResult,
} from '../../api/index.ts';
import { type ApiClient, keyOf, type Store } from '../../kube/index.ts';
import { readBundle } from '../follow/ask.ts';
import type { House } from './accept.ts';
import { findDelegate, findResult } from './ask.ts';
import { needsCopies } from './copies.ts';
import { isDelegateOf, isMadeFor } from './delegate-pod.ts';
import { type Memory, recall, see } from './memory.ts';
import type { DelegateState } from './state.ts';
import { warningsOf } from './warnings.ts';

export interface Sources {
  /** The cluster in which this agent runs. */
  cluster: string;
  home: ApiClient;
  hub: ApiClient;
  /** All pods of the cluster (see trim.ts), with indexes `uid`, `proxyUid` and `delegatesIn` (by namespace). */
  pods: Store<Pod>;
  /** Warnings of the cluster about delegates, with index `about` (the pod's UID). */
  events: Store<KubeEvent>;
  /** What delegates of Argo steps have reported, with index `reporter` (the proxy's UID). */
  results: Store<WorkflowTaskResult>;
  /** The member's own `Cluster`. */
  self: Store<Cluster>;
  /** Which source has which namespace; our writes to it are seen here at once. */
  claims: Store<ConfigMap>;
  /** How long a delegate may wait for a node before it is withdrawn. */
  noNodeAfterMs?: number;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** When service accounts (`namespace/name`) were given the right to report results. */
export type Granted = Map<string, number>;

const NO_NODE_AFTER_MS = 30_000;

/** How long a right that we gave is taken to be there still: whoever took it away sees it come back. */
const GRANT_LASTS_MS = 600_000;

/** Gathered once per look, a plain value. */
export async function gather(
  sources: Sources,
  memory: Memory,
  granted: Granted,
  delegation: PodDelegation,
  signal: AbortSignal,
): Promise<DelegateState> {
  const { cluster, noNodeAfterMs = NO_NODE_AFTER_MS } = sources;
  const asked = { ...sources, memory, delegation, signal, now: sources.now() };
  const { pod, hadRun } = await findDelegate(asked);
  const result = await findResult(asked, pod);
  const followers = needsCopies(pod, asked, memory) ? await readBundle(sources.hub, delegation, signal) : undefined;
  const now = sources.now();
  const known = pod ?? memory.last;
  const warnings = known && warningsOf(delegation.status?.warnings, seen(sources, memory, known), now);
  if (pod !== undefined) see(memory, pod, delegation, { warnings, result, now });
  return {
    cluster,
    house: houseOf(sources, granted, now),
    delegation,
    ...(pod !== undefined && { pod }),
    ...(pod === undefined && findStray(sources.pods, delegation)),
    ...recall(memory, delegation, pod !== undefined),
    hadRun,
    ...(result !== undefined && { result }),
    ...(followers !== undefined && { followers }),
    ...(warnings !== undefined && warnings.length > 0 && { warnings }),
    others: otherDelegates(sources.pods, delegation),
    noNodeAfterMs,
    now,
  };
}

function findStray(pods: Store<Pod>, delegation: PodDelegation): { stray?: Pod } {
  const { namespace, name } = delegation.spec.delegate;
  const pod = pods.get(`${namespace}/${name}`);
  return pod !== undefined && isMadeFor(pod, delegation) && !isDelegateOf(pod, delegation) ? { stray: pod } : {};
}

/** The target's Events about the delegate, and what was refused to its owner, of which nobody else makes one. */
function seen({ events }: Sources, { refusedAmendments, refusedCopies }: Memory, pod: Pod): KubeEvent[] {
  const about = { metadata: pod.metadata, involvedObject: {} };
  return [
    ...events.by('about', pod.metadata.uid ?? ''),
    ...(refusedAmendments ? [{ ...about, reason: 'AmendmentRefused', message: refusedAmendments.message }] : []),
    ...(refusedCopies ? [{ ...about, reason: 'CopyRefused', message: refusedCopies.message }] : []),
  ];
}

const houseOf = ({ cluster, self, claims, pods }: Sources, granted: Granted, now: number): House => ({
  cluster,
  self: self.get(cluster),
  claims: claims.get(`${SYSTEM_NAMESPACE}/${NAMESPACE_CLAIMS}`)?.data ?? {},
  delegatesIn: (namespace) => pods.by('delegatesIn', namespace),
  mayReport: (account) => now - (granted.get(account) ?? Number.NEGATIVE_INFINITY) < GRANT_LASTS_MS,
  podOf: (uid) => pods.by('uid', uid)[0],
});

/** Names of delegates of the same proxy, but of other attempts, that have not ended. */
const otherDelegates = (pods: Store<Pod>, { spec }: PodDelegation): string[] =>
  pods
    .by('proxyUid', spec.pod.uid)
    .filter(({ metadata, status }) => metadata.labels?.[DELEGATE.source] === spec.source && !isTerminal(status))
    .filter(({ metadata }) => metadata.namespace === spec.delegate.namespace)
    .map(keyOf)
    .filter((key) => key !== `${spec.delegate.namespace}/${spec.delegate.name}`);

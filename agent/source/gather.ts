/** What one plan of the source looks at, from caches, memory and, where those may be late, the API server. */
import type { Pod, PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { type ApiClient, isNotFound, type Store } from '../../kube/index.ts';
import { findFollowers } from '../follow/ask.ts';
import type { Reports } from '../offline.ts';
import { forget, type Memory } from './memory.ts';
import { originalPod } from './original.ts';
import type { SentMeta } from './owner.ts';
import { activeDelegation, type SourceState } from './state.ts';

export interface Sources {
  cluster: string;
  home: ApiClient;
  /** All pods of this cluster, with index `uid`. */
  pods: Store<Pod>;
  observations: Store<PodObservation>;
  decisions: Store<PodDecision>;
  /** Of all pairs with this cluster in them, with index `name` (the proxy's UID). */
  delegations: Store<PodDelegation>;
  reports: Reports;
  /** Base64 of gzip in, text out; throws on what it cannot read. */
  gunzip: (base64: string) => string;
}

/** Steps ask for the original of a live proxy only. */
const NO_PROXY = { refused: { reason: 'BadManifest', message: 'the proxy is gone' } } as const;

/** undefined if nothing is known of this proxy any more, nor remembered from then on. */
export async function gather(
  sources: Sources,
  memory: Memory,
  uid: string,
  signal: AbortSignal,
): Promise<SourceState | undefined> {
  const { cluster } = sources;
  const observation = sources.observations.by('name', uid)[0];
  const decision = sources.decisions.by('name', uid)[0];
  const delegations = sources.delegations.by('name', uid).filter(({ spec }) => spec.source === cluster);
  const cached = sources.pods.by('uid', uid)[0];
  const reference = (observation ?? delegations[0])?.spec.pod;
  if (cached === undefined && reference === undefined) {
    forget(memory, uid);
    return undefined;
  }
  const proxy = cached ?? (reference && (await confirm(sources.home, memory.gone, reference, signal)));
  if (proxy?.spec.nodeName !== undefined) memory.bound.delete(uid);
  const lastReport = memory.lastReports.get(uid);
  const told = memory.told.get(uid);
  const ending = memory.endings.get(uid);
  const state: SourceState = {
    cluster,
    uid,
    original: () => (proxy === undefined ? NO_PROXY : originalPod(proxy, sources.gunzip)),
    delegations,
    bindingSent: memory.bound.has(uid),
    forced: memory.forced.has(uid),
    ...(lastReport === undefined ? {} : { lastReport }),
    ...(told === undefined ? {} : { told }),
    ...(ending === undefined ? {} : { ending }),
    targetOffline: decision?.spec.target !== undefined && sources.reports.isOffline(decision.spec.target),
    sentMeta: (delegation) => sentMetaOf(memory.sent, delegation),
    ...(proxy === undefined ? {} : { proxy }),
    ...(observation === undefined ? {} : { observation }),
    ...(decision === undefined ? {} : { decision }),
  };
  const found = await gatherFollowers(sources, memory, state, signal);
  return found === undefined ? state : { ...state, found };
}

/** What follows a pod is read when there is somewhere to send it. */
async function gatherFollowers({ home }: Sources, memory: Memory, state: SourceState, signal: AbortSignal) {
  const delegation = activeDelegation(state);
  if (delegation?.spec.follow === undefined) return undefined;
  if (memory.sentFollowers.get(state.uid) === delegation.spec.attempt) return undefined;
  return findFollowers(home, delegation, signal);
}

/** A manifest is parsed once: reconciles are many, and owners change few pods. */
function sentMetaOf(sent: Memory['sent'], { spec }: PodDelegation): SentMeta {
  const { uid } = spec.pod;
  const known = sent.get(uid);
  if (known?.attempt === spec.attempt) return known.meta;
  const { metadata } = JSON.parse(spec.manifest) as Pick<Pod, 'metadata'>;
  const { labels, annotations } = metadata;
  const meta: SentMeta = { ...(labels && { labels }), ...(annotations && { annotations }) };
  sent.set(uid, { attempt: spec.attempt, meta });
  return meta;
}

/** Asks the API server itself before anything is removed because its pod is not in the cache. */
async function confirm(home: ApiClient, gone: Set<string>, pod: PodObservation['spec']['pod'], signal: AbortSignal) {
  if (gone.has(pod.uid)) return undefined;
  try {
    const found = await home.get<Pod>('pods', pod.name, { namespace: pod.namespace, signal });
    if (found.metadata.uid === pod.uid) return found;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  gone.add(pod.uid);
  return undefined;
}

/** The proxies of this cluster: the only writer of proxies, of observations and of what delegations ask for. */
import {
  ANNOTATION,
  isTerminal,
  type KubeObject,
  type Pod,
  type PodDecision,
  type PodDelegation,
  type PodObservation,
  type PodStatus,
  PROXY_SCHEDULER,
  type Reason,
  type TaskResult,
} from '../../api/index.ts';
import {
  type ApiClient,
  type Controller,
  type EventRecorder,
  isNotFound,
  type Log,
  type Runner,
  type Store,
  startController,
  until,
} from '../../kube/index.ts';
import { findFollowers } from '../follow/ask.ts';
import type { Reports } from '../offline.ts';
import { act } from './act.ts';
import { originalPod } from './original.ts';
import type { SentMeta } from './owner.ts';
import { plan, warnings } from './plan.ts';
import { activeDelegation, isActive, type SourceState } from './state.ts';
import { wantedResult } from './task-result.ts';

export interface SourceOptions {
  cluster: string;
  home: ApiClient;
  /** All pods of this cluster, with index `uid`. */
  pods: Store<Pod>;
  observations: Store<PodObservation>;
  decisions: Store<PodDecision>;
  /** Of all pairs with this cluster in them, with index `name` (the proxy's UID). */
  delegations: Store<PodDelegation>;
  /** False until what the pair with this target already shares is known. */
  knowsPair: (target: string) => boolean;
  reports: Reports;
  ensureVirtualNode: (target: string, signal: AbortSignal) => Promise<void>;
  act: Runner;
  events: EventRecorder;
  /** Base64 of gzip in, text out; throws on what it cannot read. */
  gunzip: (base64: string) => string;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export const isProxy = (pod: Pod): boolean =>
  pod.spec.schedulerName === PROXY_SCHEDULER && pod.metadata.annotations?.[ANNOTATION.manifest] !== undefined;

/** How long to wait for what a cache is about to show. */
const CACHE_WAIT_MS = 200;

/** Steps ask for the original of a live proxy only. */
const NO_PROXY = { refused: { reason: 'BadManifest', message: 'the proxy is gone' } } as const;

/** Memory beside the caches, emptied as the objects on the hub go. */
interface Memory {
  /** Bindings that we sent and the cache does not show. */
  bound: Set<string>;
  /** UIDs of which the API server said that no pod has them. */
  gone: Set<string>;
  /** Proxies that Argo signalled to end. */
  signalled: Set<string>;
  /** Proxies that ran and vanished at once. */
  forced: Set<string>;
  /** By the proxy's UID: what a delegation that is gone said last. */
  lastReports: Map<string, PodStatus>;
  /** By the proxy's UID: what the manifest of that attempt carries, which never changes. */
  sent: Map<string, { attempt: number; meta: SentMeta }>;
  /** By the proxy's UID: what Argo was told of its step's result. */
  toldResults: Map<string, TaskResult>;
  /** By the proxy's UID: of which attempt the target has what follows the pod. */
  sentFollowers: Map<string, number>;
  /** By the proxy's UID: of how many warnings of that attempt it has Events. */
  warned: Map<string, { attempt: number; count: number }>;
}

export interface Source extends Controller {
  /** Ends the delegate of this proxy with its grace. Resolves when its target is told, or it has ended. */
  endStep(uid: string, signal: AbortSignal): Promise<void>;
}

export function startSource(options: SourceOptions): Source {
  const memory: Memory = {
    bound: new Set(),
    gone: new Set(),
    signalled: new Set(),
    forced: new Set(),
    lastReports: new Map(),
    sent: new Map(),
    toldResults: new Map(),
    sentFollowers: new Map(),
    warned: new Map(),
  };
  const controller = startController({
    name: 'source',
    reconcile: (uid, signal) => reconcile(options, memory, uid, signal),
    signal: options.signal,
    log: options.log,
    now: options.now,
    random: options.random,
  });
  const enqueueName = (object: KubeObject | undefined) => {
    if (object !== undefined) controller.enqueue(object.metadata.name);
  };
  const subscriptions = [
    options.pods.subscribe(({ old, now }) => {
      const pod = now ?? old;
      if (pod?.metadata.uid === undefined || !isProxy(pod)) return;
      if (now === undefined && vanished(pod)) memory.forced.add(pod.metadata.uid);
      controller.enqueue(pod.metadata.uid);
    }),
    options.observations.subscribe(({ old, now }) => enqueueName(now ?? old)),
    options.decisions.subscribe(({ old, now }) => enqueueName(now ?? old)),
    options.delegations.subscribe(({ old, now }) => {
      if (now === undefined && old?.status?.pod !== undefined)
        memory.lastReports.set(old.metadata.name, old.status.pod);
      enqueueName(now ?? old);
    }),
    options.reports.onChange((targets) => {
      for (const delegation of options.delegations.values())
        if (targets.includes(delegation.spec.target)) enqueueName(delegation);
    }),
  ];
  for (const pod of options.pods.values()) if (isProxy(pod)) controller.enqueue(pod.metadata.uid ?? '');
  for (const { metadata } of [...options.observations.values(), ...options.delegations.values()]) {
    controller.enqueue(metadata.name);
  }
  const endStep = (uid: string, signal: AbortSignal) => {
    memory.signalled.add(uid);
    controller.enqueue(uid);
    const mine = () => options.delegations.by('name', uid).filter(({ spec }) => spec.source === options.cluster);
    return until(options.delegations, () => !mine().some(isActive), signal);
  };
  return { ...controller, endStep, stopped: controller.stopped.then(() => unsubscribe(subscriptions)) };
}

/** True for a proxy that should have waited for us: it was bound, and had not ended. */
const vanished = ({ spec, status }: Pod): boolean => spec.nodeName !== undefined && !isTerminal(status);

const unsubscribe = (subscriptions: (() => void)[]) => {
  for (const stop of subscriptions) stop();
};

async function reconcile(options: SourceOptions, memory: Memory, uid: string, signal: AbortSignal) {
  const state = await gather(options, memory, uid, signal);
  if (state === undefined) return {};
  const target = state.decision?.spec.target;
  if (target !== undefined && !options.knowsPair(target)) return { wakeAfterMs: CACHE_WAIT_MS };
  const { actions, reasons, wakeAfterMs } = plan(state, options.now());
  for (const reason of reasons) tell(options.events, state.proxy, reason);
  warn(options.events, memory.warned, state);
  if (target !== undefined && actions.some((action) => action.do === 'bind')) {
    await options.ensureVirtualNode(target, signal);
  }
  const { bound, toldResults, sentFollowers } = memory;
  const acting = { act: options.act, uid, bound, toldResults, result: wantedResult(state), signal };
  const { proxyIsGone, resultRefused } = await act(actions, acting);
  if (state.found !== undefined && 'followers' in state.found)
    sentFollowers.set(uid, state.decision?.spec.attempt ?? 0);
  if (resultRefused !== undefined)
    tell(options.events, state.proxy, { reason: 'ResultRefused', message: resultRefused });
  // Whoever deleted it did not have to ask; the cache shows it in a moment.
  if (proxyIsGone) return { wakeAfterMs: CACHE_WAIT_MS };
  return wakeAfterMs === undefined ? {} : { wakeAfterMs };
}

async function gather(
  options: SourceOptions,
  memory: Memory,
  uid: string,
  signal: AbortSignal,
): Promise<SourceState | undefined> {
  const { cluster } = options;
  const observation = options.observations.by('name', uid)[0];
  const decision = options.decisions.by('name', uid)[0];
  const delegations = options.delegations.by('name', uid).filter(({ spec }) => spec.source === cluster);
  const cached = options.pods.by('uid', uid)[0];
  const reference = (observation ?? delegations[0])?.spec.pod;
  if (cached === undefined && reference === undefined) {
    for (const part of Object.values(memory) as Memory[keyof Memory][]) part.delete(uid);
    return undefined;
  }
  const proxy = cached ?? (reference && (await confirm(options.home, memory.gone, reference, signal)));
  if (proxy?.spec.nodeName !== undefined) memory.bound.delete(uid);
  const lastReport = memory.lastReports.get(uid);
  const toldResult = memory.toldResults.get(uid);
  const state: SourceState = {
    cluster,
    uid,
    original: () => (proxy === undefined ? NO_PROXY : originalPod(proxy, options.gunzip)),
    delegations,
    bindingSent: memory.bound.has(uid),
    signalled: memory.signalled.has(uid),
    forced: memory.forced.has(uid),
    ...(lastReport === undefined ? {} : { lastReport }),
    ...(toldResult === undefined ? {} : { toldResult }),
    targetOffline: decision?.spec.target !== undefined && options.reports.isOffline(decision.spec.target),
    sentMeta: (delegation) => sentMetaOf(memory.sent, delegation),
    ...(proxy === undefined ? {} : { proxy }),
    ...(observation === undefined ? {} : { observation }),
    ...(decision === undefined ? {} : { decision }),
  };
  const found = await gatherFollowers(options, memory, state, signal);
  return found === undefined ? state : { ...state, found };
}

/** What follows a pod is read when there is somewhere to send it. */
async function gatherFollowers({ home }: SourceOptions, memory: Memory, state: SourceState, signal: AbortSignal) {
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

/** Events as kube-scheduler and kubelet word them, so that `kubectl describe` reads as usual. */
function tell(events: EventRecorder, proxy: Pod | undefined, { reason, message }: Reason): void {
  if (proxy === undefined) return;
  events(referenceTo(proxy), { type: 'Warning', reason: reason === 'Waiting' ? 'FailedScheduling' : reason, message });
}

const referenceTo = ({ metadata: { namespace, name, uid = '' } }: Pod) =>
  ({ apiVersion: 'v1', kind: 'Pod', namespace, name, uid }) as const;

/** Each warning of the target once, also after a restart: its Event is named by when the target told it. */
function warn(events: EventRecorder, warned: Memory['warned'], state: SourceState): void {
  const { proxy, uid, decision } = state;
  const all = warnings(state);
  if (proxy === undefined || all.length === 0) return;
  const attempt = decision?.spec.attempt ?? 0;
  const known = warned.get(uid);
  const news = all.slice(known?.attempt === attempt ? known.count : 0);
  for (const { reason, message, at } of news) {
    events(referenceTo(proxy), { type: 'Warning', reason, message, id: at });
  }
  warned.set(uid, { attempt, count: all.length });
}

/** The proxies of this cluster: the only writer of proxies, of observations and of what delegations ask for. */
import { ANNOTATION, isTerminal, type KubeObject, type Pod, PROXY_SCHEDULER, type Reason } from '../../api/index.ts';
import { type Controller, type EventRecorder, type Log, type Runner, startController } from '../../kube/index.ts';
import { act } from './act.ts';
import { assigned } from './bind.ts';
import { gather, type Sources } from './gather.ts';
import { emptyMemory, type Memory } from './memory.ts';
import { plan, warnings } from './plan.ts';
import type { SourceState } from './state.ts';
import { type Steps, stepsOf } from './steps.ts';
import { endingOf } from './stop.ts';
import { wantedResult } from './task-result.ts';

export interface SourceOptions extends Sources {
  /** False until what the pair with this target already shares is known. */
  knowsPair: (target: string) => boolean;
  ensureVirtualNode: (target: string, signal: AbortSignal) => Promise<void>;
  act: Runner;
  events: EventRecorder;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export const isProxy = (pod: Pod): boolean =>
  pod.spec.schedulerName === PROXY_SCHEDULER && pod.metadata.annotations?.[ANNOTATION.manifest] !== undefined;

/** How long to wait for what a cache is about to show. */
const CACHE_WAIT_MS = 200;

export interface Source extends Controller {
  steps: Steps;
}

export function startSource(options: SourceOptions): Source {
  const memory = emptyMemory();
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
  const steps = stepsOf(options, memory, controller);
  return { ...controller, steps, stopped: controller.stopped.then(() => unsubscribe(subscriptions)) };
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
  const ending = endingOf(state);
  // Before its target is told: a signal that comes meanwhile would be the second.
  if (ending !== undefined) memory.endings.set(uid, ending);
  const { actions, reasons, wakeAfterMs } = plan(state, options.now());
  for (const reason of reasons) tell(options.events, state.proxy, reason);
  warn(options.events, memory.warned, state);
  const binds = actions.some((action) => action.do === 'bind');
  if (target !== undefined && binds) await options.ensureVirtualNode(target, signal);
  const { bound, told, sentFollowers } = memory;
  const acting = { act: options.act, uid, bound, told, result: wantedResult(state), signal };
  const { proxyIsGone, resultRefused } = await act(actions, acting);
  if (state.found !== undefined && 'followers' in state.found)
    sentFollowers.set(uid, state.decision?.spec.attempt ?? 0);
  if (resultRefused !== undefined)
    tell(options.events, state.proxy, { reason: 'ResultRefused', message: resultRefused });
  if (binds && !proxyIsGone) announce(options.events, state);
  // Whoever deleted it did not have to ask; the cache shows it in a moment.
  if (proxyIsGone) return { wakeAfterMs: CACHE_WAIT_MS };
  return wakeAfterMs === undefined ? {} : { wakeAfterMs };
}

/** Events as kube-scheduler and kubelet word them, so that `kubectl describe` reads as usual. */
function tell(events: EventRecorder, proxy: Pod | undefined, { reason, message }: Reason): void {
  if (proxy === undefined) return;
  events(referenceTo(proxy), { type: 'Warning', reason: reason === 'Waiting' ? 'FailedScheduling' : reason, message });
}

/** Where the pod went: once per attempt, also by two processes. */
function announce(events: EventRecorder, state: SourceState): void {
  const message = assigned(state);
  if (state.proxy === undefined || message === undefined) return;
  const id = String(state.decision?.spec.attempt);
  events(referenceTo(state.proxy), { type: 'Normal', reason: 'Scheduled', message, id });
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

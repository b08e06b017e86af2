/** Pure: sightings of pods in several clusters become the steps of one run. */
import { DELEGATE, type Pod, PROXY_SCHEDULER } from '../../api/index.ts';
import { type StepState, standingOf } from './pod-state.ts';

/** The label that all pods of a run carry at home. */
export const RUN_LABEL = 'demo-run';

export interface Sighting {
  cluster: string;
  pod: Pod;
  /** Milliseconds on our own clock: clocks of clusters differ. */
  at: number;
}

/** Times are milliseconds on our clock, of the first sighting in that state. */
export interface Step {
  /** Name of the pod at home; a proxy, if it was elected. */
  proxy: string;
  uid: string;
  state: StepState;
  why: string;
  phase: string;
  /** Where it runs, once that is known. */
  cluster?: string;
  delegate?: string;
  seenAt: number;
  pendingAt?: number;
  runningAt?: number;
  endedAt?: number;
}

export interface Timeline {
  readonly home: string;
  readonly run: string;
  /** By UID, in the order in which they were first seen. */
  readonly pods: ReadonlyMap<string, Step>;
  /** By the proxy's UID: a delegate may be seen before its proxy. */
  readonly delegates: ReadonlyMap<string, Delegate>;
}

interface Delegate {
  name: string;
  cluster: string;
  seenAt: number;
}

/** A run of which nothing was seen yet; its pods are created in the cluster `home`. */
export const newTimeline = (home: string, run: string): Timeline => ({
  home,
  run,
  pods: new Map(),
  delegates: new Map(),
});

/** The timeline with what this sighting adds; the same object if the pod is none of the run's. */
export function observe(timeline: Timeline, { cluster, pod, at }: Sighting): Timeline {
  const uid = pod.metadata.uid ?? '';
  const proxyUid = pod.metadata.annotations?.[DELEGATE.proxyUid];
  if (proxyUid !== undefined) {
    const seenAt = timeline.delegates.get(proxyUid)?.seenAt ?? at;
    const delegate = { name: pod.metadata.name, cluster, seenAt };
    return { ...timeline, delegates: new Map(timeline.delegates).set(proxyUid, delegate) };
  }
  if (cluster !== timeline.home || pod.metadata.labels?.[RUN_LABEL] !== timeline.run) return timeline;
  return { ...timeline, pods: new Map(timeline.pods).set(uid, advance(timeline.pods.get(uid), timeline, pod, at)) };
}

function advance(before: Step | undefined, { home }: Timeline, pod: Pod, at: number): Step {
  const { state, why } = standingOf(pod);
  const step: Step = {
    ...(before ?? { seenAt: at }),
    proxy: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    phase: pod.status?.phase ?? 'Pending',
    state,
    why,
  };
  // A plain pod runs at home; where a proxy runs is told by its delegate alone.
  if (pod.spec.nodeName !== undefined && pod.spec.schedulerName !== PROXY_SCHEDULER) step.cluster = home;
  if (state !== 'waiting') step.pendingAt ??= at;
  if (state !== 'waiting' && state !== 'pending') step.runningAt ??= at;
  if (state === 'done' || state === 'failed') step.endedAt ??= at;
  return step;
}

/** The run's steps, each with its delegate. */
export const stepsOf = ({ pods, delegates }: Timeline): Step[] =>
  [...pods.values()].map((step) => withDelegate(step, delegates.get(step.uid)));

/** A proxy is bound when its delegate has a node: until then it says that it waits, though its turn has come. */
function withDelegate(step: Step, delegate: Delegate | undefined): Step {
  if (delegate === undefined) return step;
  const { name, cluster, seenAt } = delegate;
  const waits = step.state === 'waiting';
  return {
    ...step,
    ...(waits && { state: 'pending', why: '' }),
    ...{ cluster, delegate: name, pendingAt: Math.min(seenAt, step.pendingAt ?? seenAt) },
  };
}

export const hasEnded = ({ state }: Step): boolean => state === 'done' || state === 'failed';

/** What to write about one pod: its decision, or why it waits. Pure. */
import {
  type Action,
  API_VERSION,
  apiVersionOf,
  type Condition,
  nothing,
  type PassedOver,
  type Plan,
  type PodDecisionSpec,
  type PodObservation,
  RESOURCES,
  rfc3339,
} from '../../api/index.ts';
import type { ClusterReason } from '../place/choose.ts';
import type { OpenAttempt, PodState } from '../snapshot/pod.ts';

const PASSED_OVER_MS = 60_000;
const PATIENCE_MS = 1_000;
const STATUS_INTERVAL_MS = 5_000;
const STATUS_MS_PER_WAITING_POD = 10;
const MOST_CLUSTERS = 20;
const LONGEST_MESSAGE = 1_000;

/** Clusters not to be asked at `now` (milliseconds): those that refused within the last minute. */
export function passedOver(pod: PodState, open: OpenAttempt, now: number): PassedOver[] {
  const { refused } = open;
  const before = (pod.decision?.spec.passedOver ?? []).filter(
    ({ cluster, until }) => Date.parse(until) > now && cluster !== refused?.cluster,
  );
  if (refused === undefined) return before;
  const message = refused.message.slice(0, LONGEST_MESSAGE);
  return [...before, { ...refused, message, until: rfc3339(now + PASSED_OVER_MS) }];
}

/**
 * Pods of equal class get equal placements and equal reasons. A refusal makes a class of its own: it has to be written
 * down, also while pods that ask for the same fit nowhere.
 */
export function classOf(pod: PodState, open: OpenAttempt, passed: PassedOver[]): string {
  if (open.refused !== undefined) return JSON.stringify(['refused', pod.key, open.attempt]);
  if (passed.length === 0) return pod.request?.key ?? '';
  return JSON.stringify([pod.request?.key, passed.map(({ cluster, message }) => [cluster, message]).sort()]);
}

/**
 * The write that decides an attempt; without a target it says that no cluster fits this attempt now. A first decision
 * is a create, which fails if another scheduler made one; a later one is guarded by the version that was read.
 */
export function decisionAction(
  pod: PodState,
  observation: PodObservation,
  attempt: number,
  place: { target?: string; node?: string },
  passed: PassedOver[],
): Action {
  const { name, namespace = '', uid = '' } = observation.metadata;
  if (pod.decision !== undefined) {
    const { resourceVersion } = pod.decision.metadata;
    const spec = { attempt, target: place.target ?? null, node: place.node ?? null, passedOver: passed };
    const body = { metadata: { resourceVersion }, spec };
    return { do: 'patch', at: 'hub', resource: 'poddecisions', namespace, name, type: 'merge', body };
  }
  const { kind } = RESOURCES.podobservations;
  const ownerReferences = [{ apiVersion: API_VERSION, kind, name, uid }];
  const spec: PodDecisionSpec = { pod: observation.spec.pod, attempt, ...place };
  if (passed.length > 0) spec.passedOver = passed;
  const decision = {
    apiVersion: apiVersionOf('poddecisions'),
    kind: RESOURCES.poddecisions.kind,
    metadata: { name, namespace, ownerReferences },
    spec,
  };
  return { do: 'create', at: 'hub', resource: 'poddecisions', object: decision };
}

export interface WaitingState {
  observation: PodObservation;
  message: string;
  clusters: ClusterReason[];
  /** When this scheduler first saw the pod wait, and last wrote about it; milliseconds. */
  since: number;
  writtenAt: number | undefined;
  /** How many pods wait in all: the more, the less often each is told news. */
  waiting: number;
  now: number;
}

/** True if the observation says that its pod waits. */
export const saysWaiting = ({ status }: PodObservation): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Decided' && condition.status === 'False') ?? false;

/** Takes back what was told of a pod that waited and is decided now; a pod that never waited costs no write. */
export function planDecided(observation: PodObservation, target: string, now: number): Action[] {
  if (!saysWaiting(observation)) return [];
  const { name, namespace = '' } = observation.metadata;
  const condition: Condition = {
    type: 'Decided',
    status: 'True',
    reason: 'Placed',
    message: `goes to ${target}`,
    lastTransitionTime: rfc3339(now),
  };
  const body = { status: { conditions: [condition], clusters: null } };
  const address = { at: 'hub', resource: 'podobservations', namespace, name } as const;
  return [{ do: 'patch', ...address, type: 'merge', subresource: 'status', body }];
}

/** Tells on the observation why the pod waits: not before a second, and not at every change. */
export function planWaiting({ observation, message, clusters, since, writtenAt, waiting, now }: WaitingState): Plan {
  const told = observation.status?.conditions?.find(({ type }) => type === 'Decided');
  if (told?.message === message && told.status === 'False') return nothing();
  const interval = Math.max(STATUS_INTERVAL_MS, waiting * STATUS_MS_PER_WAITING_POD);
  const due = Math.max(since + PATIENCE_MS, (writtenAt ?? Number.NEGATIVE_INFINITY) + interval);
  if (now < due) return { actions: [], reasons: [], wakeAfterMs: due - now };
  const { name, namespace = '' } = observation.metadata;
  const condition: Condition = {
    type: 'Decided',
    status: 'False',
    reason: 'Waiting',
    message,
    lastTransitionTime: (told?.status === 'False' && told.lastTransitionTime) || rfc3339(now),
  };
  const body = { status: { conditions: [condition], clusters: clusters.slice(0, MOST_CLUSTERS) } };
  const address = { at: 'hub', resource: 'podobservations', namespace, name } as const;
  return {
    actions: [{ do: 'patch', ...address, type: 'merge', subresource: 'status', body }],
    reasons: [{ reason: 'Waiting', message }],
  };
}

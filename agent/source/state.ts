/** Everything that the source agent knows about one proxy: the input of each step's plan. */
import {
  isTerminal,
  type Pod,
  type PodDecision,
  type PodDelegation,
  type PodObservation,
  type PodStatus,
  type Reason,
  type TaskResult,
} from '../../api/index.ts';
import type { Found } from '../follow/bundle.ts';
import type { SentMeta } from './owner.ts';

/** What Argo was told of a step, and where. */
export interface Told {
  result: TaskResult;
  namespace: string;
  name: string;
}

/** A step that is to end. */
export interface Ending {
  /** When its delegate is withdrawn if it still runs, in milliseconds since the epoch. */
  at: number;
  /** What the delegate then has left, in seconds; its own grace if left out. */
  graceSeconds?: number;
}

export interface SourceState {
  /** Name of this cluster. */
  cluster: string;
  /** UID of the proxy; hub objects about it carry this name. */
  uid: string;
  /** Left out once the API server itself said that no pod of this UID is there (never on the cache's word alone). */
  proxy?: Pod;
  /** The original pod with the proxy's name and namespace, or why the annotation cannot be read. */
  original: () => { pod: Pod } | { refused: Reason };
  /** Labels and annotations that the manifest of a delegation carries. */
  sentMeta: (delegation: PodDelegation) => SentMeta;
  observation?: PodObservation;
  decision?: PodDecision;
  /** Of every attempt that is still on the hub. */
  delegations: PodDelegation[];
  /** What follows the pod, if it has yet to be sent. */
  found?: Found;
  /** What Argo at home was last told of the step's result, since our start. */
  told?: Told;
  /** What Argo asked of the step by signals to its containers. */
  ending?: Ending;
  /** True if the proxy vanished while it ran, without waiting for us: `kubectl delete --force`. */
  forced: boolean;
  /** What the target said last of a delegate, if it has removed the delegation since. */
  lastReport?: PodStatus;
  /** True from our own Binding until the cache shows it: a Binding answers without the pod. */
  bindingSent: boolean;
  /** Whether the cluster that runs the delegate does not report. */
  targetOffline: boolean;
}

/** The delegation of the attempt that the decision asks for. */
export const currentDelegation = ({ decision, delegations }: SourceState): PodDelegation | undefined =>
  delegations.find((delegation) => delegation.spec.attempt === decision?.spec.attempt);

/** The same, as long as its delegate is to run and is not known to have ended. */
export function activeDelegation(state: SourceState): PodDelegation | undefined {
  const delegation = currentDelegation(state);
  return delegation !== undefined && isActive(delegation) ? delegation : undefined;
}

export const isActive = ({ spec, status }: PodDelegation): boolean =>
  spec.desired === 'Run' && !isTerminal(status?.pod);

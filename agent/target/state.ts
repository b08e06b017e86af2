/** What one plan of the target looks at: gathered once, a plain value. */
import {
  DELEGATE,
  isTerminal,
  type Pod,
  type PodDelegation,
  pairNamespace,
  type Warning,
  type WorkflowTaskResult,
} from '../../api/index.ts';
import type { Follower } from '../follow/bundle.ts';
import type { House } from './accept.ts';

export interface DelegateState {
  /** The cluster in which this agent runs. */
  cluster: string;
  house: House;
  delegation: PodDelegation;
  /** The delegate, if it is there. */
  pod?: Pod;
  /** The delegate as it was last seen, if it is gone. */
  last?: Pod;
  /** A pod made for this delegation by a create that came late, when the delegate the hub was told of had gone. */
  stray?: Pod;
  /** Whether the target remembers a delegate that neither we nor the hub know of. */
  hadRun: boolean;
  /** Names of other attempts' delegates of the same proxy that still run. */
  others: string[];
  /** Set once we have taken the delegate away because no node took it: the target scheduler's words. */
  withdrawn?: string;
  /** Since when the delegate has been waiting for a node, as far as we know. */
  pendingSince?: number;
  /** Since when the status on the hub has differed from the delegate's. */
  differsSince?: number;
  /** When the status was last written. */
  writtenAt?: number;
  /** Until when a create of ours that got no answer may still take effect. */
  unsureUntil?: number;
  /** Until when a create of who led before us may still take effect: we send none before. */
  inheritedUntil?: number;
  /** Warnings that the hub should know of the delegate; left out if it never had any. */
  warnings?: Warning[];
  /** What the delegate of an Argo step has reported of it. */
  result?: WorkflowTaskResult;
  /** What the source sent along for the delegate, if copies of it have yet to be made. */
  followers?: Follower[];
  /** Mark of the amendments that the API server refused. */
  refusedAmendments?: string;
  /** How long a delegate may wait for a node. */
  noNodeAfterMs: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Why this delegation is none that its namespace allows, or undefined. The namespace says who wrote it (RBAC), the spec
 * only who the writer claims to be: without this check a source could act in another source's name.
 */
export function misplacement(delegation: PodDelegation, cluster: string): string | undefined {
  const { source, target, pod } = delegation.spec;
  const { namespace, name } = delegation.metadata;
  if (target !== cluster || namespace !== pairNamespace(source, target))
    return `spec names source ${source} and target ${target}, which is not what namespace ${namespace} is for`;
  return name === pod.uid ? undefined : `the name must be the UID of the proxy, ${pod.uid}`;
}

/** Whether a delegation asks this cluster for a delegate: the namespace of a pair ends with its target. */
export const isForTarget = (delegation: PodDelegation, cluster: string): boolean =>
  delegation.metadata.namespace?.endsWith(`--${cluster}`) ?? false;

/** Key (`namespace/name`) of the delegation that a delegate belongs to; undefined for any other pod. */
export function delegationKeyOf(pod: Pod, cluster: string): string | undefined {
  const source = pod.metadata.labels?.[DELEGATE.source];
  const uid = pod.metadata.annotations?.[DELEGATE.proxyUid];
  return source === undefined || uid === undefined ? undefined : `${pairNamespace(source, cluster)}/${uid}`;
}

/** True once the hub has heard how the delegate ended; nothing follows upon that. */
export const hasEnded = (delegation: PodDelegation): boolean => isTerminal(delegation.status?.pod);

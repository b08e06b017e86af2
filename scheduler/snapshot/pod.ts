/** What the hub says of one pod, gathered from three kinds, and what it takes from which node. */
import type { PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { isTerminal, refusalOf } from '../../api/index.ts';
import type { PodRequest } from '../place/demand.ts';

interface Refusal {
  reason: string;
  message: string;
}

/** What a delegation means for decisions. */
export interface DelegationFacts {
  target: string;
  attempt: number;
  /** Node of the delegate, once it has one. */
  node?: string;
  ended: boolean;
  /** Why this attempt will not run. */
  refusal?: Refusal;
  /** The source wants it away: if the object goes now, that is the confirmation that the delegate is gone. */
  leaving: boolean;
  /** The object is no longer on the hub. */
  missing: boolean;
}

/** A decision in memory, not yet (known to be) on the hub. */
export interface Assumption {
  attempt: number;
  target?: string;
  node?: string;
}

export interface Charge {
  cluster: string;
  node: string;
  request: PodRequest;
  /** True once the delegation names the node; before, it is where the scheduler thinks that the pod is. */
  confirmed: boolean;
}

export interface PodState {
  /** `<source>/<uid>`. */
  readonly key: string;
  readonly source: string;
  readonly uid: string;
  /** Undefined once the source agent took it back. */
  observation?: PodObservation | undefined;
  /** Of the observation; kept while something of the pod is left. */
  request?: PodRequest | undefined;
  decision?: PodDecision | undefined;
  /** A decision that we knew is no longer on the hub: as a rule because the observation, its owner, is not either. */
  undecided: boolean;
  /** By key of the object. */
  readonly delegations: Map<string, DelegationFacts>;
  assumed?: Assumption | undefined;
  /** The last attempt whose delegate is confirmed gone. */
  gone: number;
  charge?: Charge | undefined;
}

/** Source and target are the namespace's, which RBAC guards, not the spec's. */
export function factsOf(target: string, delegation: PodDelegation): DelegationFacts {
  const refusal = refusalOf(delegation);
  const node = delegation.status?.delegate?.node;
  return {
    target,
    attempt: delegation.spec.attempt,
    ...(node === undefined ? {} : { node }),
    ended: isTerminal(delegation.status?.pod),
    ...(refusal === undefined ? {} : { refusal: { reason: refusal.reason, message: refusal.message } }),
    leaving: delegation.spec.desired === 'Gone',
    missing: false,
  };
}

/** The delegation of this attempt, if it is known. */
export function delegationOf(pod: PodState, attempt: number, target: string): DelegationFacts | undefined {
  for (const facts of pod.delegations.values()) if (facts.attempt === attempt && facts.target === target) return facts;
  return undefined;
}

/**
 * What the pod takes now: its requests, on the node that the delegation names, else on the one that the decision
 * assumed, from the decision until the delegate ended, was refused or is confirmed gone.
 */
export function chargeOf(pod: PodState): Charge | undefined {
  const promised = pod.assumed ?? pod.decision?.spec ?? lastDelegation(pod);
  if (promised?.target === undefined || pod.request === undefined || pod.gone >= promised.attempt) return undefined;
  const delegation = delegationOf(pod, promised.attempt, promised.target);
  // The observation goes last of all: without it and without a delegation there is nothing that could run.
  if (delegation === undefined && pod.observation === undefined) return undefined;
  if (delegation?.ended || delegation?.refusal !== undefined) return undefined;
  const node = delegation?.node ?? promised.node;
  const confirmed = delegation?.node !== undefined;
  return node === undefined ? undefined : { cluster: promised.target, node, request: pod.request, confirmed };
}

/** An attempt that waits for a decision. */
export interface OpenAttempt {
  attempt: number;
  /** Why the attempt before it failed. */
  refused?: { cluster: string; reason: string; message: string };
  /** The decision was lost while its delegation lives: it can only be made as it was. */
  restore?: { target: string; node?: string };
}

/** What is to be decided about the pod; undefined if nothing is. */
export function openAttempt(pod: PodState): OpenAttempt | undefined {
  if (pod.observation === undefined || pod.assumed !== undefined) return undefined;
  const spec = pod.decision?.spec;
  if (spec === undefined) return openWithoutDecision(pod);
  if (spec.target === undefined) return { attempt: spec.attempt };
  const delegation = delegationOf(pod, spec.attempt, spec.target);
  return delegation?.refusal && afterRefusal(delegation, delegation.refusal);
}

/** Speaks for the decision where that is lost. */
const lastDelegation = (pod: PodState): DelegationFacts | undefined =>
  [...pod.delegations.values()].sort((a, b) => b.attempt - a.attempt)[0];

function openWithoutDecision(pod: PodState): OpenAttempt {
  const last = lastDelegation(pod);
  if (last === undefined) return { attempt: pod.gone + 1 };
  if (last.refusal !== undefined) return afterRefusal(last, last.refusal);
  const { target, node } = last;
  return { attempt: last.attempt, restore: { target, ...(node === undefined ? {} : { node }) } };
}

const afterRefusal = ({ target, attempt }: DelegationFacts, refusal: Refusal): OpenAttempt => ({
  attempt: attempt + 1,
  refused: { cluster: target, ...refusal },
});

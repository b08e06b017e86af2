/**
 * The book of what is decided. Every change of an object that concerns a pod is entered here; what the pod takes is
 * then computed anew from all that is known, and only the difference is charged: nothing twice, nothing not at all,
 * in whatever order the changes come.
 */
import type { PodDecision, PodDelegation, PodObservation } from '../../api/index.ts';
import { requestOf } from '../place/demand.ts';
import { type Assumption, type Charge, chargeOf, type DelegationFacts, factsOf, type PodState } from './pod.ts';
import type { Snapshot } from './snapshot.ts';

export class Ledger {
  readonly #pods = new Map<string, PodState>();
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  get(key: string): PodState | undefined {
    return this.#pods.get(key);
  }

  pods(): Iterable<PodState> {
    return this.#pods.values();
  }

  /** The observation of `<source>/<uid>` as it is now; undefined if it is gone. */
  applyObservation(source: string, uid: string, observation: PodObservation | undefined): PodState {
    const pod = this.#pod(source, uid);
    // Most changes are of the status; the request is worked out once per generation.
    if (observation !== undefined && observation.metadata.generation !== pod.observation?.metadata.generation)
      pod.request = undefined;
    if (observation !== undefined) pod.request ??= requestOf(source, observation.spec);
    pod.observation = observation;
    return this.#settle(pod);
  }

  applyDecision(source: string, uid: string, decision: PodDecision | undefined): PodState {
    const pod = this.#pod(source, uid);
    pod.undecided = decision === undefined && (pod.decision !== undefined || pod.undecided);
    pod.decision = decision;
    if (decision !== undefined && isThere(pod.assumed, decision)) pod.assumed = undefined;
    return this.#settle(pod);
  }

  /** `key` is that of the object. */
  applyDelegation(
    { source, target }: { source: string; target: string },
    uid: string,
    key: string,
    delegation: PodDelegation | undefined,
  ): PodState {
    const pod = this.#pod(source, uid);
    const before = pod.delegations.get(key);
    if (delegation !== undefined) pod.delegations.set(key, factsOf(target, delegation));
    else if (before !== undefined) this.#lose(pod, key, before);
    return this.#settle(pod);
  }

  /** Counts a decision as made, before the hub knows it. */
  assume(pod: PodState, assumption: Assumption): void {
    pod.assumed = assumption;
    this.#settle(pod);
  }

  /** The decision was written, or could not be: what the hub says counts. */
  settle(pod: PodState): void {
    pod.assumed = undefined;
    this.#settle(pod);
  }

  /**
   * Missing without having been asked to go means nothing: the delegate may well run, and its room stays taken. A
   * refusal is remembered too, until its next attempt is decided.
   */
  #lose(pod: PodState, key: string, before: DelegationFacts): void {
    const over = before.leaving || before.ended;
    if (over) pod.gone = Math.max(pod.gone, before.attempt);
    if (over && before.refusal === undefined) pod.delegations.delete(key);
    else pod.delegations.set(key, { ...before, missing: true });
  }

  #pod(source: string, uid: string): PodState {
    const key = `${source}/${uid}`;
    let pod = this.#pods.get(key);
    if (pod === undefined) {
      pod = { key, source, uid, delegations: new Map(), gone: 0, undecided: false };
      this.#pods.set(key, pod);
    }
    return pod;
  }

  #settle(pod: PodState): PodState {
    // Of a pod that nobody speaks of any more nothing would ever give the room back, nor would a new scheduler count it.
    const over = isOver(pod);
    const charge = over ? undefined : chargeOf(pod);
    if (!sameCharge(pod.charge, charge)) {
      this.#charge(pod.charge, -1);
      this.#charge(charge, 1);
    }
    this.#assume(pod.charge, charge);
    pod.charge = charge;
    if (over) this.#pods.delete(pod.key);
    return pod;
  }

  /** The target's scheduler decides where a delegate runs; until it is told, the node is a guess. */
  #assume(before: Charge | undefined, now: Charge | undefined): void {
    const requests = ({ request }: Charge) => request.demand.requests;
    if (before?.confirmed === false) this.#snapshot.room(before.cluster).assume(before.node, requests(before), -1);
    if (now?.confirmed === false) this.#snapshot.room(now.cluster).assume(now.node, requests(now), 1);
  }

  #charge(charge: Charge | undefined, times: 1 | -1): void {
    if (charge === undefined) return;
    this.#snapshot.room(charge.cluster).charge(charge.node, charge.request.demand.requests, times);
  }
}

/** True if nothing on the hub speaks of the pod any more. */
const isOver = ({ observation, decision, assumed, delegations }: PodState): boolean =>
  !observation && !decision && !assumed && [...delegations.values()].every(({ missing }) => missing);

/** True if what was assumed, or something later, is on the hub. */
const isThere = (assumed: Assumption | undefined, { spec }: PodDecision): boolean =>
  assumed !== undefined &&
  (spec.attempt > assumed.attempt ||
    (spec.attempt === assumed.attempt && (spec.target !== undefined || assumed.target === undefined)));

const sameCharge = (a: Charge | undefined, b: Charge | undefined): boolean =>
  a?.cluster === b?.cluster && a?.node === b?.node && a?.request === b?.request;

/**
 * Decides pod after pod, in memory and in order; the writes run beside it, many at once. A decision counts as made
 * before it is written, so the next one never takes the same room.
 */
import type { Action } from '../../api/index.ts';
import { type Placement, place } from '../place/choose.ts';
import { summary } from '../place/explain.ts';
import type { Waiting } from '../queue/lane.ts';
import { WaitingQueue } from '../queue/waiting.ts';
import type { Ledger } from '../snapshot/ledger.ts';
import { type OpenAttempt, openAttempt, type PodState } from '../snapshot/pod.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type Explanation, Explanations } from './explanations.ts';
import { classOf, decisionAction, passedOver } from './plan.ts';

export interface PumpOptions {
  snapshot: Snapshot;
  ledger: Ledger;
  now: () => number;
  /** Runs `pump` again, once, in `ms` (0: as soon as others had their turn). */
  later: (ms: number) => void;
  /** Writes the decision of a pod; its outcome is told to `settled`. */
  write: (pod: PodState, action: Action) => void;
  /** There is news to tell, or a time to look again (milliseconds from now) for the pod with this key. */
  tell: (key: string, afterMs: number) => void;
}

/** Writes in flight at once: enough to keep an API server busy that takes 3 ms each, few enough to stay in order. */
const MOST_IN_FLIGHT = 32;
const SLICE_MS = 10;
/** Of the time, at most a fifth goes into asking again for pods that did not fit. */
const REST_PER_WORK = 4;

export class Pump {
  readonly #o: PumpOptions;
  readonly #queue = new WaitingQueue();
  readonly #explanations = new Explanations();
  #inFlight = 0;
  #newsSeen = -1;
  #wokenAt = Number.NEGATIVE_INFINITY;
  #workSinceWake = 0;

  constructor(o: PumpOptions) {
    this.#o = o;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  why(key: string): Explanation | undefined {
    return this.#explanations.of(key);
  }

  /** Queues the pod if it waits for a decision, takes it out if it does not (any more). */
  touch(pod: PodState): void {
    const open = openAttempt(pod);
    if (open === undefined) {
      this.#queue.remove(pod.key);
      this.#explanations.leave(pod.key);
      return;
    }
    const known = this.#queue.get(pod.key);
    const item = this.#itemOf(pod, open);
    if (known !== undefined && known.classKey === item.classKey && known.priority === item.priority) return;
    this.#queue.add(item);
    this.#explanations.join(pod.key, item.classKey);
    if (known === undefined) this.#o.tell(pod.key, 1_000);
  }

  /** Decides what can be decided now. */
  pump(): void {
    const start = this.#o.now();
    this.#wake(start);
    while (this.#inFlight < MOST_IN_FLIGHT) {
      const item = this.#queue.take();
      if (item === undefined) break;
      this.#decide(item);
      if (this.#o.now() - start < SLICE_MS) continue;
      this.#o.later(0);
      break;
    }
    this.#workSinceWake += this.#o.now() - start;
  }

  /** A write ended, well or not: what the hub says counts. */
  settled(pod: PodState): void {
    this.#inFlight--;
    this.#o.ledger.settle(pod);
  }

  #wake(now: number): void {
    const { news } = this.#o.snapshot;
    if (news === this.#newsSeen || !this.#queue.hasParked) return;
    const rest = this.#wokenAt + REST_PER_WORK * this.#workSinceWake - now;
    if (rest > 0) {
      this.#o.later(rest);
      return;
    }
    this.#newsSeen = news;
    this.#wokenAt = now;
    this.#workSinceWake = 0;
    this.#queue.wake();
  }

  #decide(item: Waiting): void {
    const { ledger, snapshot, now } = this.#o;
    const pod = ledger.get(item.key);
    const open = pod && openAttempt(pod);
    if (pod?.request === undefined || open === undefined) return;
    const passed = passedOver(pod, open, now());
    if (classOf(pod, open, passed) !== item.classKey) {
      this.touch(pod);
      return;
    }
    const placement: Placement = open.restore
      ? { fits: true, node: '', ...open.restore }
      : place(pod.request, snapshot, passed);
    if (placement.fits) {
      this.#queue.served(item);
      const { target, node } = placement;
      this.#write(pod, open, node === '' ? { target } : { target, node });
    } else if (open.refused !== undefined) {
      this.#write(pod, open, {});
    } else {
      this.#park(item, { clusters: placement.clusters, message: summary(placement.clusters, snapshot.members.length) });
    }
  }

  #park(item: Waiting, why: Explanation): void {
    this.#queue.park(item);
    for (const key of this.#explanations.explain(item.classKey, why)) this.#o.tell(key, 0);
  }

  #write(pod: PodState, { attempt, ...open }: OpenAttempt, to: { target?: string; node?: string }): void {
    if (pod.observation === undefined) return;
    const passed = passedOver(pod, { attempt, ...open }, this.#o.now());
    const action = decisionAction(pod, pod.observation, attempt, to, passed);
    this.#o.ledger.assume(pod, { attempt, ...to });
    this.#explanations.leave(pod.key);
    this.#inFlight++;
    this.#o.write(pod, action);
  }

  #itemOf(pod: PodState, open: OpenAttempt): Waiting {
    const now = this.#o.now();
    const passed = passedOver(pod, open, now);
    const next = Math.min(...passed.map(({ until }) => Date.parse(until) - now));
    if (Number.isFinite(next)) this.#o.tell(pod.key, next + 1);
    const { request, observation } = pod;
    return {
      key: pod.key,
      priority: observation?.spec.priority ?? 0,
      lane: `${pod.source}/${request?.namespace ?? ''}`,
      classKey: classOf(pod, open, passed),
      since: observation?.metadata.creationTimestamp ?? '',
      uid: pod.uid,
    };
  }
}

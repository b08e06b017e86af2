/**
 * What one demand finds in one cluster, kept up to date slot by slot: a decision changes one node, so the next pod of
 * the same demand costs one node, not all. Typed arrays, since there may be millions of (demand, node) cells.
 */
import type { Reason } from '../../api/index.ts';
import type { ClusterRoom } from '../snapshot/cluster-room.ts';
import type { NodeState, Shape } from '../snapshot/node.ts';
import type { NodeDemand } from './demand.ts';
import { conditionMisfit, replicas, roomMisfit, shapeMisfit } from './fit.ts';

/** In which order a cluster's reasons are told: what is nearest to a fit first. */
const ORDER = ['Insufficient', 'Cordoned', 'NotReady', 'TaintNotTolerated', 'NodeSelectorMismatch'];
const MOST_REASONS = 6;
const FITS = 0;

export class ClusterView {
  /** How many pods of the demand go into the cluster. */
  total = 0;
  readonly #demand: NodeDemand;
  #replicas = new Int32Array(0);
  #scores = new Float32Array(0);
  /** Index into #reasons, 0 for a fit or no node. */
  #verdicts = new Uint16Array(0);
  readonly #reasons: { reason: Reason; nodes: number }[] = [];
  readonly #byMessage = new Map<string, number>();
  readonly #shapes = new WeakMap<Shape, { misfit: Reason | undefined }>();
  #sequence = -1;

  constructor(demand: NodeDemand) {
    this.#demand = demand;
  }

  /** Takes in what changed in `room` since the last time. */
  sync(room: ClusterRoom): void {
    if (this.#sequence === room.sequence) return;
    const changed = this.#sequence < 0 ? undefined : room.changedSince(this.#sequence);
    this.#sequence = room.sequence;
    this.#grow(room.slots.length);
    for (const slot of changed ?? room.slots.keys()) this.#look(slot, room.slots[slot]);
  }

  /** Where kube-scheduler would likely put the pod: the node with most room left, then by name. */
  best(room: ClusterRoom): NodeState | undefined {
    let best: NodeState | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let slot = 0; slot < room.slots.length; slot++) {
      if (this.#replicas[slot] === 0) continue;
      const score = this.#scores[slot] ?? 0;
      const node = room.slots[slot];
      if (node === undefined || score < bestScore) continue;
      if (best !== undefined && score === bestScore && node.name > best.name) continue;
      best = node;
      bestScore = score;
    }
    return best;
  }

  /** Why no node takes the pod: no counts, which would change from second to second. */
  why(): Reason {
    const reasons = this.#reasons.filter(({ nodes }) => nodes > 0).map(({ reason }) => reason);
    reasons.sort((a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason) || (a.message < b.message ? -1 : 1));
    const first = reasons[0];
    if (first === undefined) return { reason: 'NoNodes', message: 'no nodes' };
    const texts = new Set(
      reasons.flatMap(({ reason, message }) => (reason === 'Insufficient' ? message.split(', ') : [message])),
    );
    return { reason: first.reason, message: [...texts].slice(0, MOST_REASONS).join(', ') };
  }

  #look(slot: number, node: NodeState | undefined): void {
    this.total -= this.#replicas[slot] ?? 0;
    this.#count(this.#verdicts[slot] ?? FITS, -1);
    const misfit = node && (conditionMisfit(this.#demand, node) ?? this.#shapeMisfit(node));
    const count = node === undefined || misfit !== undefined ? 0 : replicas(this.#demand, node.free);
    const reason = count === 0 && node !== undefined ? (misfit ?? roomMisfit(this.#demand, node.free)) : undefined;
    const verdict = reason === undefined ? FITS : this.#verdictOf(reason);
    this.total += count;
    this.#count(verdict, 1);
    this.#replicas[slot] = count;
    this.#verdicts[slot] = verdict;
    this.#scores[slot] = count > 0 && node !== undefined ? leastAllocated(this.#demand, node) : 0;
  }

  #shapeMisfit(node: NodeState): Reason | undefined {
    if (this.#demand.byName) return shapeMisfit(this.#demand, node);
    let known = this.#shapes.get(node.shape);
    if (known === undefined) {
      known = { misfit: shapeMisfit(this.#demand, node) };
      this.#shapes.set(node.shape, known);
    }
    return known.misfit;
  }

  #verdictOf(reason: Reason): number {
    const known = this.#byMessage.get(reason.message);
    if (known !== undefined) return known;
    this.#reasons.push({ reason, nodes: 0 });
    this.#byMessage.set(reason.message, this.#reasons.length);
    return this.#reasons.length;
  }

  #count(verdict: number, by: 1 | -1): void {
    const entry = this.#reasons[verdict - 1];
    if (entry !== undefined) entry.nodes += by;
  }

  #grow(slots: number): void {
    if (slots <= this.#replicas.length) return;
    const size = slots + (slots >> 3) + 8;
    const [replicasBefore, scores, verdicts] = [this.#replicas, this.#scores, this.#verdicts];
    this.#replicas = new Int32Array(size);
    this.#replicas.set(replicasBefore);
    this.#scores = new Float32Array(size);
    this.#scores.set(scores);
    this.#verdicts = new Uint16Array(size);
    this.#verdicts.set(verdicts);
  }
}

/** kube-scheduler's default score (NodeResourcesFit, LeastAllocated): mean share of CPU and memory left over. */
function leastAllocated({ requests }: NodeDemand, { free, shape: { allocatable } }: NodeState): number {
  let score = 0;
  for (const resource of ['cpu', 'memory']) {
    const all = allocatable[resource] ?? 0;
    if (all > 0) score += ((free[resource] ?? 0) - (requests[resource] ?? 0)) / all;
  }
  return score;
}

/**
 * Room in one cluster, node by node: what its agent reports less what is decided. Charges are kept by node name, so
 * that they outlive a node that comes and goes in the reports.
 */
import type { Amounts, NodePoolObservationSpec, NodeRoom } from '../../api/index.ts';
import { addAmounts } from '../../api/index.ts';
import { isAsReported, mayFitMore, type NodeState, nodeOf, type Shape, shapeOf } from './node.ts';

/** Counts what may change an answer of 'no'; shared by all clusters of a snapshot. */
export interface News {
  count: number;
}

interface Report {
  readonly shape: Shape;
  readonly node: NodeRoom;
}

const LOG_LIMIT = 4096;

export class ClusterRoom {
  /** Nodes by slot; a slot stays with its node, free slots are used again. */
  readonly slots: (NodeState | undefined)[] = [];
  /** Names of nodes on which more is counted than they have. */
  readonly overfull = new Set<string>();
  readonly #byName = new Map<string, NodeState>();
  readonly #freeSlots: number[] = [];
  readonly #pools = new Map<string, Map<string, Report>>();
  readonly #charges = new Map<string, Amounts>();
  readonly #assumed = new Map<string, readonly Amounts[]>();
  #shapes = new Map<string, Shape>();
  #log: number[] = [];
  #logStart = 0;
  readonly #news: News;

  constructor(news: News) {
    this.#news = news;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Grows by one with every change of a slot. */
  get sequence(): number {
    return this.#logStart + this.#log.length;
  }

  node(name: string): NodeState | undefined {
    return this.#byName.get(name);
  }

  nodes(): Iterable<NodeState> {
    return this.#byName.values();
  }

  /** Slots changed since `sequence`, repeats included; undefined if the log no longer reaches back so far. */
  changedSince(sequence: number): number[] | undefined {
    if (sequence < this.#logStart) return undefined;
    return this.#log.slice(sequence - this.#logStart);
  }

  /** Replaces what is known of a pool; undefined takes the pool away. */
  applyPool(pool: string, spec: NodePoolObservationSpec | undefined): void {
    const before = this.#pools.get(pool);
    const reports = this.#reportsOf(spec);
    if (reports.size === 0) this.#pools.delete(pool);
    else this.#pools.set(pool, reports);
    for (const report of reports.values()) this.#put(report);
    for (const name of before?.keys() ?? []) if (!reports.has(name)) this.#drop(name);
  }

  /** Adds (times 1) or takes back (times -1) the requests of a decided pod. */
  charge(node: string, requests: Amounts, times: 1 | -1): void {
    const sum = addAmounts(this.#charges.get(node) ?? {}, requests, times);
    // Whole numbers: a node without pods is back at exactly zero, and need not be remembered.
    if (Object.values(sum).every((amount) => amount === 0)) this.#charges.delete(node);
    else this.#charges.set(node, sum);
    const state = this.#byName.get(node);
    if (state === undefined) return;
    addAmounts(state.free, requests, times === 1 ? -1 : 1);
    this.#weigh(state);
    this.#changed(state.slot, times === -1);
  }

  /** Adds (times 1) or takes away (times -1) a charged pod of which nobody has said yet that it is on the node. */
  assume(node: string, requests: Amounts, times: 1 | -1): void {
    const pods = this.#assumed.get(node) ?? [];
    if (times === 1) this.#assumed.set(node, [...pods, requests]);
    else this.#assumed.set(node, pods.toSpliced(pods.indexOf(requests), 1));
    if (this.#assumed.get(node)?.length === 0) this.#assumed.delete(node);
    if (times === -1 && this.overfull.has(node)) this.#news.count++;
  }

  /** Requests of the pods that are only assumed on the node. */
  assumedOn(node: string): readonly Amounts[] {
    return this.#assumed.get(node) ?? [];
  }

  #reportsOf(spec: NodePoolObservationSpec | undefined): Map<string, Report> {
    const reports = new Map<string, Report>();
    for (const shape of spec?.shapes ?? []) {
      const interned = this.#intern(shape);
      for (const node of shape.nodes) reports.set(node.name, { shape: interned, node });
    }
    return reports;
  }

  #intern(shape: NodePoolObservationSpec['shapes'][number]): Shape {
    const key = JSON.stringify([shape.labels, shape.taints ?? [], shape.allocatable]);
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    // Shapes that no node has any more would pile up; nodes hold on to theirs, the rest is interned anew.
    if (this.#shapes.size > 256) this.#shapes = new Map();
    const fresh = shapeOf(shape);
    this.#shapes.set(key, fresh);
    return fresh;
  }

  #put({ shape, node }: Report): void {
    const before = this.#byName.get(node.name);
    if (before !== undefined && isAsReported(before, shape, node)) return;
    const slot = before?.slot ?? this.#freeSlots.pop() ?? this.slots.length;
    const after = nodeOf(slot, shape, node, this.#charges.get(node.name));
    this.slots[slot] = after;
    this.#byName.set(node.name, after);
    this.#weigh(after);
    this.#changed(slot, before === undefined || mayFitMore(before, after));
  }

  /** A node may move from one pool to another in two reports: it goes only when no pool names it any more. */
  #drop(name: string): void {
    for (const reports of this.#pools.values()) {
      const report = reports.get(name);
      if (report === undefined) continue;
      this.#put(report);
      return;
    }
    const node = this.#byName.get(name);
    if (node === undefined) return;
    this.#byName.delete(name);
    this.overfull.delete(name);
    this.slots[node.slot] = undefined;
    this.#freeSlots.push(node.slot);
    this.#changed(node.slot, true);
  }

  #weigh({ name, free }: NodeState): void {
    if (Object.values(free).some((amount) => amount < 0)) this.overfull.add(name);
    else this.overfull.delete(name);
  }

  #changed(slot: number, isNews: boolean): void {
    this.#log.push(slot);
    if (this.#log.length > Math.max(LOG_LIMIT, 2 * this.slots.length)) {
      const kept = this.#log.slice(this.#log.length >> 1);
      this.#logStart += this.#log.length - kept.length;
      this.#log = kept;
    }
    if (isNews) this.#news.count++;
  }
}

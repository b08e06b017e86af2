/** The fleet as placement sees it: clusters, whom they accept, whether they are online, room node by node. */
import type { Cluster, ClusterSpec, NodePoolObservation } from '../../api/index.ts';
import { Views } from '../place/views.ts';
import { ClusterRoom, type News } from './cluster-room.ts';

export interface Member {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly labels: Record<string, string>;
}

export class Snapshot {
  readonly views = new Views();
  readonly #news: News = { count: 0 };
  readonly #members = new Map<string, Member>();
  readonly #rooms = new Map<string, ClusterRoom>();
  readonly #online = new Set<string>();
  #sorted: Member[] | undefined;

  /** Grows with every change but room becoming less: until it does, what fitted nowhere still fits nowhere. */
  get news(): number {
    return this.#news.count;
  }

  /** Registered clusters by name. */
  get members(): readonly Member[] {
    this.#sorted ??= [...this.#members.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  member(name: string): Member | undefined {
    return this.#members.get(name);
  }

  isOnline(name: string): boolean {
    return this.#online.has(name);
  }

  /** Room of a cluster; known by name only, since reports and charges may come before the cluster itself. */
  room(name: string): ClusterRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new ClusterRoom(this.#news);
      this.#rooms.set(name, room);
    }
    return room;
  }

  /** Number of nodes of the whole fleet. */
  get nodes(): number {
    let sum = 0;
    for (const room of this.#rooms.values()) sum += room.size;
    return sum;
  }

  /** Takes in a cluster as registered now; undefined if it is no longer. */
  applyCluster(name: string, cluster: Cluster | undefined): void {
    const before = this.#members.get(name);
    const labels = cluster?.metadata.labels ?? {};
    if (cluster === undefined) this.#members.delete(name);
    else this.#members.set(name, { name, spec: cluster.spec, labels });
    // A Cluster's status changes often, and is none of our business here.
    if (JSON.stringify([before?.spec, before?.labels]) === JSON.stringify([cluster?.spec, cluster && labels])) return;
    this.#sorted = undefined;
    this.#news.count++;
  }

  setOnline(name: string, online: boolean): void {
    if (this.#online.has(name) === online) return;
    if (online) this.#online.add(name);
    else this.#online.delete(name);
    this.#news.count++;
  }

  applyPool(cluster: string, pool: string, observation: NodePoolObservation | undefined): void {
    this.room(cluster).applyPool(pool, observation?.spec);
  }
}

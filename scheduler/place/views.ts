/** The views of the demands asked for last, within a bound on memory. */
import type { ClusterRoom } from '../snapshot/cluster-room.ts';
import type { NodeDemand } from './demand.ts';
import { ClusterView } from './view.ts';

/** About 12 bytes a cell: 50 MB. */
const MOST_CELLS = 4_000_000;
const FEWEST_DEMANDS = 8;

export class Views {
  readonly #demands = new Map<string, Map<string, ClusterView>>();

  /** The view of `demand` on each cluster, not yet synced; `nodes` is the number of nodes of the fleet. */
  of(demand: NodeDemand, nodes: number): Map<string, ClusterView> {
    const views = this.#demands.get(demand.key) ?? new Map<string, ClusterView>();
    // Taken out and put in again, it is the last in the order of insertion: the first is the one not used for longest.
    this.#demands.delete(demand.key);
    this.#demands.set(demand.key, views);
    const most = Math.max(FEWEST_DEMANDS, Math.floor(MOST_CELLS / (nodes + 1)));
    for (const key of this.#demands.keys()) {
      if (this.#demands.size <= most) break;
      this.#demands.delete(key);
    }
    return views;
  }
}

/** The up-to-date view of a demand on one cluster. */
export function viewOf(views: Map<string, ClusterView>, demand: NodeDemand, cluster: string, room: ClusterRoom) {
  let view = views.get(cluster);
  if (view === undefined) {
    view = new ClusterView(demand);
    views.set(cluster, view);
  }
  view.sync(room);
  return view;
}

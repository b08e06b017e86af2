/**
 * A target's own scheduler may put delegates on other nodes than were assumed. Until all have been reported, one node
 * then seems overfull and another one free: the pods that are only assumed on the overfull one are about to take the
 * free one, and its room must not be promised again.
 */
import type { Amounts } from '../../api/index.ts';
import { addAmounts } from '../../api/index.ts';
import type { ClusterRoom } from '../snapshot/cluster-room.ts';
import type { NodeState } from '../snapshot/node.ts';
import type { NodeDemand } from './demand.ts';
import { shapeMisfit } from './fit.ts';

/** How many pods of the demand could not go into the cluster once the pods without a true node have found one. */
export function floating(demand: NodeDemand, room: ClusterRoom): number {
  let count = 0;
  for (const name of room.overfull) {
    const node = room.node(name);
    // Pods that may be on this node compete for those that are like it.
    if (node !== undefined && shapeMisfit(demand, node) === undefined)
      count += floatingFrom(node, room.assumedOn(name), demand.requests);
  }
  return count;
}

/** As many of the assumed pods as the node is short of room for: the most that it can be. */
function floatingFrom({ free }: NodeState, assumed: readonly Amounts[], requests: Amounts): number {
  const left = { ...free };
  const pods = assumed.map((pod) => ({ pod, ...sizeOf(pod, requests) }));
  let count = 0;
  for (const { pod, taken } of pods.sort((a, b) => b.taken - a.taken || a.sum - b.sum)) {
    if (Object.values(left).every((amount) => amount >= 0)) break;
    addAmounts(left, pod);
    count += taken;
  }
  return count;
}

/** `taken`: how many pods with these requests would go where the given pod goes, at most. */
function sizeOf(pod: Amounts, requests: Amounts): { taken: number; sum: number } {
  const ratios = Object.entries(requests).map(([resource, amount]) => (pod[resource] ?? 0) / amount);
  return { taken: Math.ceil(Math.max(...ratios)), sum: ratios.reduce((sum, ratio) => sum + ratio, 0) };
}

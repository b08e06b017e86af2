/**
 * Where a pod goes. A function of the pod, the snapshot and the clusters passed over; the snapshot's views are a cache
 * of nothing but its nodes. Serves the scheduler, `berth explain` and `berth simulate` alike.
 */
import { parseSelector, type Reason, refusesNamespace, type Selector, virtualNodeName } from '../../api/index.ts';
import type { Member, Snapshot } from '../snapshot/snapshot.ts';
import { refusesSource } from './accept.ts';
import type { PodRequest } from './demand.ts';
import { avoidsHost } from './fit.ts';
import { floating } from './floating.ts';
import { selects } from './selector.ts';
import type { ClusterView } from './view.ts';
import { viewOf } from './views.ts';

export interface ClusterReason extends Reason {
  /** Of the cluster. */
  name: string;
}

export type Placement = { fits: true; target: string; node: string } | { fits: false; clusters: ClusterReason[] };

/** Clusters that are not asked now, and what they said: `{cluster, message}`. */
export type PassedOverNow = readonly { cluster: string; message: string }[];

interface Candidate {
  member: Member;
  view: ClusterView;
  /** How many pods of the demand go into the cluster. */
  total: number;
}

/**
 * The cluster that can take most replicas of the pod (on a tie the source, then by name) and the node that its
 * scheduler will likely choose; else why not, per cluster, in texts that stay the same while nothing relevant changes.
 */
export function place(pod: PodRequest, snapshot: Snapshot, passedOver: PassedOverNow): Placement {
  const selector = parseSelector(pod.clusterSelector);
  const views = snapshot.views.of(pod.demand, snapshot.nodes);
  const clusters: ClusterReason[] = unknownClusters(pod, snapshot);
  let best: Candidate | undefined;
  for (const member of snapshot.members) {
    const { name } = member;
    const refusal = refuses(pod, selector, member, snapshot, passedOver);
    if (refusal !== undefined) {
      clusters.push({ name, ...refusal });
      continue;
    }
    const room = snapshot.room(name);
    const view = viewOf(views, pod.demand, name, room);
    const total = view.total - floating(pod.demand, room);
    if (view.total === 0) clusters.push({ name, ...view.why() });
    else if (total <= 0) clusters.push({ name, ...ON_THE_WAY });
    else if (best === undefined || precedes(total, member, best, pod.source)) best = { member, view, total };
  }
  const node = best?.view.best(snapshot.room(best.member.name));
  return best && node ? { fits: true, target: best.member.name, node: node.name } : { fits: false, clusters };
}

const ON_THE_WAY: Reason = { reason: 'Insufficient', message: 'its room is for pods that are on their way to a node' };

/** Members come sorted by name, so that a tie goes to the first unless the later one is the source. */
const precedes = (total: number, member: Member, best: Candidate, source: string): boolean =>
  total > best.total || (total === best.total && member.name === source);

const unknownClusters = ({ clusterNames }: PodRequest, snapshot: Snapshot): ClusterReason[] =>
  clusterNames
    .filter((name) => snapshot.member(name) === undefined)
    .map((name) => ({ name, reason: 'UnknownCluster', message: 'no such cluster' }));

/** Why a cluster is not even looked into. */
function refuses(
  pod: PodRequest,
  selector: Selector,
  member: Member,
  snapshot: Snapshot,
  passedOver: PassedOverNow,
): Reason | undefined {
  const { name, spec, labels } = member;
  if (pod.clusterNames.length > 0 && !pod.clusterNames.includes(name))
    return { reason: 'NotNamed', message: 'not named by the pod' };
  if (!selector.ok) return { reason: 'InvalidSelector', message: `invalid cluster-selector: ${selector.error}` };
  if (!selects(selector.requirements, labels))
    return { reason: 'SelectorMismatch', message: "does not match the pod's cluster-selector" };
  // Argo keeps a retried step off the host of the failed one (nodeAntiAffinity), and calls that by its virtual node.
  if (avoidsHost(pod.demand, virtualNodeName(name)))
    return { reason: 'NodeSelectorMismatch', message: "kept off by the pod's node affinity" };
  const refusal =
    refusesSource(pod.source, snapshot.member(pod.source)?.spec, spec) ?? refusesNamespace(pod.namespace, spec);
  if (refusal !== undefined) return refusal;
  if (!snapshot.isOnline(name)) return { reason: 'Offline', message: 'offline' };
  const passed = passedOver.find(({ cluster }) => cluster === name);
  return passed && { reason: 'PassedOver', message: `passed over: ${passed.message}` };
}

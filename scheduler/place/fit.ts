/** Does a pod fit a node: the filters of kube-scheduler that need no other pods, in its order, with its words. */
import type { Amounts, NodeSelectorTerm, Reason, Taint, Toleration } from '../../api/index.ts';
import type { NodeState, Shape } from '../snapshot/node.ts';
import type { NodeDemand } from './demand.ts';
import { matchesRequirement } from './requirement.ts';

const HOSTNAME = 'kubernetes.io/hostname';
/** Fits the 32 bits in which views keep it. */
const MOST_REPLICAS = 0x7fffffff;
const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Why the pod does not fit the node; undefined if it does. */
export const misfit = (demand: NodeDemand, node: NodeState): Reason | undefined =>
  conditionMisfit(demand, node) ?? shapeMisfit(demand, node) ?? roomMisfit(demand, node.free);

/** Readiness and cordon. */
export function conditionMisfit(demand: NodeDemand, node: NodeState): Reason | undefined {
  if (!node.ready) return { reason: 'NotReady', message: 'node not ready' };
  if (node.cordoned && !tolerates(demand.tolerations, UNSCHEDULABLE))
    return { reason: 'Cordoned', message: 'node cordoned' };
  return undefined;
}

/** Taints and labels: alike for all nodes of a shape, unless the pod names nodes. */
export function shapeMisfit(
  demand: NodeDemand,
  node: { name: string; hostname: string; shape: Shape },
): Reason | undefined {
  const taint = node.shape.taints.find((each) => repels(each) && !tolerates(demand.tolerations, each));
  if (taint !== undefined) return { reason: 'TaintNotTolerated', message: `taint {${print(taint)}} not tolerated` };
  if (!matchesSelector(demand, node))
    return { reason: 'NodeSelectorMismatch', message: "no node matches the pod's node selector or affinity" };
  return undefined;
}

/** Requests against room; a resource that a node does not name is not there. */
export function roomMisfit({ needs }: NodeDemand, free: Amounts): Reason | undefined {
  const lacking = needs.filter(([resource, amount]) => (free[resource] ?? 0) < amount);
  if (lacking.length === 0) return undefined;
  return { reason: 'Insufficient', message: lacking.map(([resource]) => `insufficient ${resource}`).join(', ') };
}

/** How many pods of this demand go into this room. */
export function replicas({ needs }: NodeDemand, free: Amounts): number {
  let count = MOST_REPLICAS;
  for (const [resource, amount] of needs) {
    const fits = Math.floor((free[resource] ?? 0) / amount);
    if (fits <= 0) return 0;
    if (fits < count) count = fits;
  }
  return count;
}

/** True if each of the pod's terms, of which one has to hold, excludes a host of this name. */
export const avoidsHost = ({ byName, nodeAffinity }: NodeDemand, host: string): boolean =>
  byName &&
  nodeAffinity.length > 0 &&
  nodeAffinity.every(({ matchExpressions = [] }) =>
    matchExpressions.some(
      ({ key, operator, values }) => key === HOSTNAME && operator === 'NotIn' && values?.includes(host) === true,
    ),
  );

const repels = (taint: Taint): boolean => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';

const tolerates = (tolerations: Toleration[], taint: Taint): boolean =>
  tolerations.some((toleration) => toleratesTaint(toleration, taint));

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function toleratesTaint({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return operator === 'Equal' && key !== '' && value === (taint.value ?? '');
}

const print = ({ key, value, effect }: Taint): string =>
  `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`;

function matchesSelector(demand: NodeDemand, node: { name: string; hostname: string; shape: Shape }): boolean {
  const label = (key: string): string | undefined => (key === HOSTNAME ? node.hostname : node.shape.labels[key]);
  for (const key in demand.nodeSelector) if (label(key) !== demand.nodeSelector[key]) return false;
  return demand.nodeAffinity.length === 0 || demand.nodeAffinity.some((term) => matchesTerm(term, label, node.name));
}

/** An empty term matches nothing, as in Kubernetes. */
function matchesTerm(term: NodeSelectorTerm, label: (key: string) => string | undefined, name: string): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => matchesRequirement(requirement, label(requirement.key))) &&
    fields.every((field) => field.key === 'metadata.name' && matchesRequirement(field, name))
  );
}

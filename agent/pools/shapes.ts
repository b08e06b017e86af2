/** Nodes and their usage in, what the hub hears of a pool out. Deterministic: what is unchanged compares equal. */
import {
  type Amounts,
  hash,
  type Node,
  type NodePoolObservationSpec,
  type NodeRoom,
  type NodeShape,
  toAmounts,
  toResourceList,
  VIRTUAL_NODE_KEY,
} from '../../api/index.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const POOL_LABELS = [
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'karpenter.sh/nodepool',
];
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Name of the pool that a node belongs to (a DNS label), or undefined for virtual nodes: those have no room. */
export function poolOf(node: Node): string | undefined {
  const labels = node.metadata.labels ?? {};
  if (VIRTUAL_NODE_KEY in labels) return undefined;
  const value = POOL_LABELS.map((label) => labels[label]).find((pool) => pool) ?? 'default';
  if (DNS_LABEL.test(value)) return value;
  const readable = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-|-$/g, '');
  return `${readable || 'pool'}-${hash(value)}`;
}

/** Allocatable less usage; never below zero (a node may be overcommitted when it shrinks). */
function roomOf(allocatable: Amounts, used: Amounts): Amounts {
  const left = Object.entries(allocatable).map(([resource, amount]) => [
    resource,
    Math.max(0, amount - (used[resource] ?? 0)),
  ]);
  return Object.fromEntries(left);
}

function nodeRoom(node: Node, used: Amounts): NodeRoom {
  const { name, labels } = node.metadata;
  const hostname = labels?.[HOSTNAME];
  return {
    name,
    ...(hostname !== undefined && hostname !== name && { hostname }),
    room: toResourceList(roomOf(toAmounts(node.status?.allocatable), used)),
    ready: node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    ...(node.spec?.unschedulable === true && { cordoned: true }),
  };
}

const sorted = (record: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

function shapeOf(node: Node): Omit<NodeShape, 'nodes'> {
  const { [HOSTNAME]: _, ...labels } = node.metadata.labels ?? {};
  const taints = (node.spec?.taints ?? [])
    .map(({ key, value, effect }) => ({ key, ...(value !== undefined && { value }), effect }))
    .sort((a, b) => (`${a.key} ${a.effect}` < `${b.key} ${b.effect}` ? -1 : 1));
  return {
    labels: sorted(labels),
    ...(taints.length > 0 && { taints }),
    allocatable: toResourceList(toAmounts(node.status?.allocatable)),
  };
}

/**
 * The observation of one pool.
 * @param nodes the pool's nodes, in any order
 * @param used requests on a node without those of delegates
 */
export function poolSpec(nodes: Iterable<Node>, used: (node: string) => Amounts): NodePoolObservationSpec {
  const shapes = new Map<string, NodeShape>();
  for (const node of [...nodes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const shape = shapeOf(node);
    const key = JSON.stringify(shape);
    const known = shapes.get(key);
    const room = nodeRoom(node, used(node.metadata.name));
    if (known === undefined) shapes.set(key, { ...shape, nodes: [room] });
    else known.nodes.push(room);
  }
  return { shapes: [...shapes.values()] };
}

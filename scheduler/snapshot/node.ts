/** One node of a target as the scheduler sees it. */
import type { Amounts, NodeRoom, NodeShape, Taint } from '../../api/index.ts';
import { toAmounts } from '../../api/index.ts';

/** What nodes alike share; one object per distinct shape of a cluster, so that identity is equality. */
export interface Shape {
  readonly labels: Record<string, string>;
  readonly taints: Taint[];
  readonly allocatable: Amounts;
}

export interface NodeState {
  readonly name: string;
  readonly hostname: string;
  readonly slot: number;
  readonly shape: Shape;
  readonly ready: boolean;
  readonly cordoned: boolean;
  /** As the agent wrote it, to see at a glance that nothing changed. */
  readonly written: Record<string, string>;
  /** Room without Berth's delegates. */
  readonly reported: Amounts;
  /** Room less what is decided; may be negative. Changed in place. */
  readonly free: Amounts;
}

export const shapeOf = (shape: NodeShape): Shape => ({
  labels: shape.labels,
  taints: (shape.taints ?? []) as Taint[],
  allocatable: toAmounts(shape.allocatable),
});

/** The state of a node reported as `node`, from which `charged` is taken. */
export function nodeOf(slot: number, shape: Shape, node: NodeRoom, charged: Amounts | undefined): NodeState {
  const reported = toAmounts(node.room);
  const free = { ...reported };
  for (const [resource, amount] of Object.entries(charged ?? {})) free[resource] = (free[resource] ?? 0) - amount;
  return {
    name: node.name,
    hostname: node.hostname ?? node.name,
    slot,
    shape,
    ready: node.ready,
    cordoned: node.cordoned ?? false,
    written: node.room,
    reported,
    free,
  };
}

/** True if the report says of the node what is known already. */
export const isAsReported = (state: NodeState, shape: Shape, node: NodeRoom): boolean =>
  state.shape === shape &&
  state.ready === node.ready &&
  state.cordoned === (node.cordoned ?? false) &&
  state.hostname === (node.hostname ?? node.name) &&
  sameMap(state.written, node.room);

function sameMap(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** True if a pod that did not fit `before` may fit `after`: anything but less room of the same node. */
export const mayFitMore = (before: NodeState, after: NodeState): boolean =>
  before.shape !== after.shape ||
  before.hostname !== after.hostname ||
  before.ready !== after.ready ||
  before.cordoned !== after.cordoned ||
  Object.entries(after.reported).some(([resource, amount]) => amount > (before.reported[resource] ?? 0));

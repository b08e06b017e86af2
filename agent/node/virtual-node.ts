/**
 * The node of a source cluster that stands for a target. What it must and must not carry was measured on real API
 * servers: see docs/design.md, section 11, "Virtual node".
 */
import {
  type Action,
  type Condition,
  GROUP,
  type KubeObject,
  type Node,
  rfc3339,
  VIRTUAL_NODE_KEY,
  virtualNodeName,
} from '../../api/index.ts';

/** Keeps the node's proxies alive if somebody deletes the node: the API server only marks it until we made it anew. */
const FINALIZER = `node.${GROUP}/proxies`;

export interface VirtualNodeOptions {
  target: string;
  /** Address of the agent's kubelet API, as the API server of this cluster reaches it; none is shown if left out. */
  address?: string;
  version: string;
}

/** All four conditions of a node that can take pods. */
export function readyConditions(now: number): Condition[] {
  const times = { lastHeartbeatTime: rfc3339(now), lastTransitionTime: rfc3339(now) };
  const good = { Ready: 'True', MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False' } as const;
  return Object.entries(good).map(([type, status]) => ({
    type,
    status,
    reason: 'BerthAgent',
    message: 'The agent of Berth stands for this node.',
    ...times,
  }));
}

/**
 * - no hostname, os, arch, zone or region label: DaemonSets select on os, spread constraints of others count hostnames;
 * - `pods: 0`: a Binding needs no slot, but without it critical DaemonSets preempt proxies;
 * - Ready in the very POST: clouds delete nodes without a Ready condition.
 */
export function virtualNode({ target, address, version }: VirtualNodeOptions, now: number): KubeObject {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: virtualNodeName(target),
      labels: {
        [VIRTUAL_NODE_KEY]: target,
        'node.kubernetes.io/exclude-from-external-load-balancers': 'true',
        'kubernetes.io/role': 'berth',
      },
      finalizers: [FINALIZER],
    },
    spec: {
      providerID: `berth://${target}`,
      taints: [{ key: VIRTUAL_NODE_KEY, value: target, effect: 'NoSchedule' }],
    },
    status: {
      capacity: { pods: '0' },
      allocatable: { pods: '0' },
      conditions: readyConditions(now),
      ...(address === undefined ? {} : { addresses: [{ type: 'InternalIP', address }] }),
      nodeInfo: { kubeletVersion: version },
    },
  };
  return node;
}

export interface VirtualNodeState {
  options: VirtualNodeOptions;
  /** As the cluster has it. */
  node?: Node;
}

/** Makes the node, makes it anew if it was deleted, and says Ready again after an absence of the agent. */
export function planVirtualNode({ options, node }: VirtualNodeState, now: number): Action[] {
  const name = virtualNodeName(options.target);
  const create: Action = { do: 'create', at: 'home', resource: 'nodes', object: virtualNode(options, now) };
  const patch = { do: 'patch', at: 'home', resource: 'nodes', name } as const;
  if (node === undefined) return [create];
  if (node.metadata.deletionTimestamp !== undefined) {
    const uid = node.metadata.uid;
    return [{ ...patch, type: 'merge', body: { metadata: { uid, finalizers: null } } }, create];
  }
  if (isReady(node)) return [];
  return [
    { ...patch, type: 'strategic', subresource: 'status', body: { status: { conditions: readyConditions(now) } } },
  ];
}

export const isReady = (node: Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

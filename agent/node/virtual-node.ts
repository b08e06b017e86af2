/**
 * The node of a source cluster that stands for a target. What it must and must not carry was measured on real API
 * servers: see docs/design.md, section 11, "Virtual node".
 */
import { isDeepStrictEqual } from 'node:util';
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

/** Where a kubelet API listens. */
export interface Endpoint {
  /** IP address or DNS name. */
  host: string;
  port: number;
}

export interface VirtualNodeOptions {
  target: string;
  /** Of the agent's kubelet API, as the API server of this cluster reaches it; none is shown if left out. */
  endpoint?: Endpoint;
  version: string;
  /** Whether the target does not report. */
  offline: boolean;
}

const STANDS = { reason: 'BerthAgent', message: 'The agent of Berth stands for this node.' };

/** All four conditions of a node that can take pods, or that takes none while its target does not report. */
export function nodeConditions({ target, offline }: VirtualNodeOptions, now: number): Condition[] {
  const times = { lastHeartbeatTime: rfc3339(now), lastTransitionTime: rfc3339(now) };
  const message = `Nothing is heard of cluster ${target}; what runs there is kept.`;
  const ready: Condition = offline
    ? { type: 'Ready', status: 'False', reason: 'TargetOffline', message, ...times }
    : { type: 'Ready', status: 'True', ...STANDS, ...times };
  const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];
  return [ready, ...pressures.map((type) => ({ type, status: 'False' as const, ...STANDS, ...times }))];
}

/**
 * - no hostname, os, arch, zone or region label: DaemonSets select on os, spread constraints of others count hostnames;
 * - `pods: 0`: a Binding needs no slot, but without it critical DaemonSets preempt proxies;
 * - Ready in the very POST: clouds delete nodes without a Ready condition.
 */
export function virtualNode(options: VirtualNodeOptions, now: number): KubeObject {
  const { target, endpoint, version } = options;
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
      conditions: nodeConditions(options, now),
      ...(endpoint === undefined ? {} : reachedAt(endpoint)),
      nodeInfo: { kubeletVersion: version },
    },
  };
  return node;
}

/** The part of a node's status that API servers read to reach its kubelet. */
function reachedAt({ host, port }: Endpoint) {
  const type = /^[0-9.]+$|:/.test(host) ? 'InternalIP' : 'InternalDNS';
  return { addresses: [{ type, address: host }], daemonEndpoints: { kubeletEndpoint: { Port: port } } };
}

/** For a strategic merge patch, which would else keep addresses of other types. */
function movedTo(endpoint: Endpoint | undefined) {
  if (endpoint === undefined) return { addresses: [{ $patch: 'replace' }], daemonEndpoints: null };
  const { addresses, daemonEndpoints } = reachedAt(endpoint);
  return { addresses: [...addresses, { $patch: 'replace' }], daemonEndpoints };
}

function isReachedAt({ status = {} }: Node, endpoint: Endpoint | undefined): boolean {
  const { addresses = [], daemonEndpoints } = status;
  if (endpoint === undefined) return addresses.length === 0;
  const wanted = reachedAt(endpoint);
  return isDeepStrictEqual({ addresses, daemonEndpoints }, wanted);
}

export interface VirtualNodeState {
  options: VirtualNodeOptions;
  /** As the cluster has it. */
  node?: Node;
}

/** Makes the node, makes it anew if it was deleted, and says whether it is Ready and where, also after an absence of the agent. */
export function planVirtualNode({ options, node }: VirtualNodeState, now: number): Action[] {
  const name = virtualNodeName(options.target);
  const create: Action = { do: 'create', at: 'home', resource: 'nodes', object: virtualNode(options, now) };
  const patch = { do: 'patch', at: 'home', resource: 'nodes', name } as const;
  if (node === undefined) return [create];
  if (node.metadata.deletionTimestamp !== undefined) {
    const uid = node.metadata.uid;
    return [{ ...patch, type: 'merge', body: { metadata: { uid, finalizers: null } } }, create];
  }
  const status = {
    ...(isReady(node) === !options.offline ? {} : { conditions: nodeConditions(options, now) }),
    ...(isReachedAt(node, options.endpoint) ? {} : movedTo(options.endpoint)),
  };
  if (Object.keys(status).length === 0) return [];
  return [{ ...patch, type: 'strategic', subresource: 'status', body: { status } }];
}

export const isReady = (node: Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/** Virtual nodes and their leases: the only writer of both. One node per target in use. */

import { type Lease, type Node, VIRTUAL_NODE_KEY, virtualNodeName } from '../../api/index.ts';
import {
  type ApiClient,
  type Controller,
  isNotFound,
  type Log,
  microTime,
  type Runner,
  type Store,
  startController,
  until,
} from '../../kube/index.ts';
import type { Reports } from '../offline.ts';
import { type Endpoint, isReady, planVirtualNode, type VirtualNodeOptions } from './virtual-node.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;

export interface VirtualNodesOptions {
  home: ApiClient;
  nodes: Store<Node>;
  act: Runner;
  /** Where the kubelet API of the target's node listens, given the port that the node shows; none is shown if left out. */
  endpointOf?: (target: string, shown: number | undefined) => Promise<Endpoint>;
  version: string;
  reports: Reports;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

export interface VirtualNodes {
  /** Resolves when the target's node is there and as Ready as the target is; rejects when `signal` aborts or after 30 s. */
  ensure(target: string, signal: AbortSignal): Promise<void>;
  stopped: Promise<void>;
}

export function startVirtualNodes(options: VirtualNodesOptions): VirtualNodes {
  const { nodes, now, signal, log, random } = options;
  const inUse = new Set<string>();
  const usable = (target: string) => {
    const node = nodes.get(virtualNodeName(target));
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return false;
    return isReady(node) || options.reports.isOffline(target);
  };
  const controller: Controller = startController({
    name: 'virtual-node',
    workers: 4,
    reconcile: async (target, aborted) => {
      const node = nodes.get(virtualNodeName(target));
      const endpoint = await options.endpointOf?.(target, node?.status?.daemonEndpoints?.kubeletEndpoint?.Port);
      const state = { options: nodeOptions(options, target, endpoint), ...(node === undefined ? {} : { node }) };
      await options.act(planVirtualNode(state, now()), aborted);
      await renewLease(options.home, target, now(), aborted);
      return { wakeAfterMs: RENEW_MS };
    },
    signal,
    log,
    now,
    random,
  });
  const unfollow = options.reports.onChange((targets) => {
    for (const target of targets) if (inUse.has(target)) controller.enqueue(target);
  });
  const unsubscribe = nodes.subscribe(({ old, now: node }) => {
    const target = (node ?? old)?.metadata.labels?.[VIRTUAL_NODE_KEY];
    if (target === undefined) return;
    if (node !== undefined) inUse.add(target);
    if (inUse.has(target) && !usable(target)) controller.enqueue(target);
  });
  for (const node of nodes.values()) {
    const target = node.metadata.labels?.[VIRTUAL_NODE_KEY];
    if (target === undefined) continue;
    inUse.add(target);
    controller.enqueue(target);
  }
  return {
    ensure: async (target, aborted) => {
      if (usable(target)) return;
      inUse.add(target);
      controller.enqueue(target);
      await until(nodes, () => usable(target), AbortSignal.any([signal, aborted, AbortSignal.timeout(30_000)]));
    },
    stopped: controller.stopped.then(() => {
      unsubscribe();
      unfollow();
    }),
  };
}

function nodeOptions(
  { version, reports }: VirtualNodesOptions,
  target: string,
  endpoint?: Endpoint,
): VirtualNodeOptions {
  return { target, version, offline: reports.isOffline(target), ...(endpoint && { endpoint }) };
}

/** A patch where the lease is known to be there, as it nearly always is. */
async function renewLease(home: ApiClient, target: string, now: number, signal: AbortSignal): Promise<void> {
  const name = virtualNodeName(target);
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(now) };
  try {
    await home.patch<Lease>('leases', name, { spec }, { type: 'merge', namespace: LEASE_NAMESPACE, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: LEASE_NAMESPACE },
    };
    await home.create('leases', { ...lease, ...{ spec } }, { namespace: LEASE_NAMESPACE, signal });
  }
}

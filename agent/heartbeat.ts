/** What the agent says of its cluster as a whole: a Lease renewed every 10 s (after 40 s without, it is offline), and once what the cluster is. */
import { API_VERSION, type Direct, HEARTBEAT_LEASE, type KubeObject, memberNamespace } from '../api/index.ts';
import { type ApiClient, type Controller, isNotFound, type Log, microTime, startController } from '../kube/index.ts';

const RENEW_MS = 10_000;
const LEASE_SECONDS = 40;

export interface HeartbeatOptions {
  cluster: string;
  home: ApiClient;
  hub: ApiClient;
  nodeAddress?: string;
  /** Where sources reach this agent without the relay. */
  direct?: Direct | undefined;
  version: string;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Retried until the scheduler has made the member's namespace and role, which may be after our start. */
export function startHeartbeat(options: HeartbeatOptions): Controller {
  const { now, random, signal, log } = options;
  const controller = startController({
    name: 'heartbeat',
    workers: 2,
    reconcile: async (key, aborted) => {
      if (key === 'observation') {
        await observeCluster(options, aborted);
        return {};
      }
      await renew(options, aborted);
      return { wakeAfterMs: RENEW_MS };
    },
    signal,
    log,
    now,
    random,
  });
  controller.enqueue('lease');
  controller.enqueue('observation');
  return controller;
}

async function renew({ hub, cluster, now }: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const spec = { holderIdentity: cluster, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(now()) };
  const metadata = { name: HEARTBEAT_LEASE, namespace: memberNamespace(cluster) };
  await patchOrCreate(hub, 'leases', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }, signal);
}

async function observeCluster(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { cluster, home, hub, version, nodeAddress, direct } = options;
  const { gitVersion = 'unknown' } = JSON.parse(await home.raw('GET', '/version', { signal })) as {
    gitVersion?: string;
  };
  const address = nodeAddress === undefined ? {} : { nodeAddress };
  // An agent before us may have had a port of its own: only null takes what it said away.
  const spec = { kubernetesVersion: gitVersion, berthVersion: version, ...address, streams: direct ?? null };
  const metadata = { name: cluster, namespace: memberNamespace(cluster) };
  const object = { apiVersion: API_VERSION, kind: 'ClusterObservation', metadata, spec };
  await patchOrCreate(hub, 'clusterobservations', object, signal);
}

/** A patch first: but for the very first time, the object is there. */
async function patchOrCreate(
  hub: ApiClient,
  resource: 'leases' | 'clusterobservations',
  object: KubeObject & { spec: object },
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace } = object.metadata;
  try {
    await hub.patch(resource, name, { spec: object.spec }, { type: 'merge', namespace, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const spec = Object.fromEntries(Object.entries(object.spec).filter(([, value]) => value !== null));
    await hub.create(resource, { ...object, spec } as KubeObject, { signal });
  }
}

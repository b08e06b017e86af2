import { expect, inject } from 'vitest';
import { DELEGATE, type Pod, sourceUser } from '../../api/index.ts';
import { readWrites } from '../cluster/audit.ts';
import type { SimulatedNode } from '../cluster/simulated.ts';
import { waitUntil } from '../cluster/wait.ts';
import { watchPods } from '../pod-watch.ts';
import { test } from './fixture.ts';
import { overPlaced } from './room.ts';
import { CLUSTERS, type ClusterName, type Scene } from './scene.ts';

/** Nodes on which pods of 2 CPUs leave rests that would hold more of them if they lay together. */
const NODES: Readonly<Record<ClusterName, readonly SimulatedNode[]>> = {
  cluster1: [{ name: 'a', cpu: '5' }],
  cluster2: [
    { name: 'b', cpu: '5' },
    { name: 'c', cpu: '3' },
    { name: 'd', cpu: '3' },
  ],
};
const ROOM: Readonly<Record<ClusterName, number>> = { cluster1: 2, cluster2: 4 };
const PODS = 5 * (ROOM.cluster1 + ROOM.cluster2);

test('burst of five times the room', async ({ scene, onTestFinished }) => {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const nodes = await addNodes(scene);
  const faults = new Set<string>();
  const most: Record<ClusterName, number> = { cluster1: 0, cluster2: 0 };
  for (const cluster of CLUSTERS) {
    const pods = await watchPods(scene.clients[cluster], scene.name, stop.signal);
    pods.subscribe(() => {
      const delegates = [...pods.values()].filter(isDelegate);
      for (const fault of overPlaced(delegates, nodes[cluster])) faults.add(`${cluster}: ${fault}`);
      most[cluster] = Math.max(most[cluster], delegates.filter(isLive).length);
    });
  }
  const names = Array.from({ length: PODS }, (_, index) => `pod-${index}`);
  await Promise.all(names.map((name) => scene.elect(name, { requests: { cpu: '2' }, duration: '1s' })));
  await allSucceed(scene);
  expect([...faults]).toEqual([]);
  // As many at a time as there was room for, in each cluster, and no delegate more than once.
  expect(most).toEqual(ROOM);
  expect(await delegatesCreated(scene)).toBe(PODS);
}, 60_000);

const isDelegate = ({ metadata }: Pod): boolean => metadata.labels?.[DELEGATE.source] !== undefined;
const isLive = ({ status }: Pod): boolean => status?.phase === 'Running' || status?.phase === 'Pending';

async function addNodes(scene: Scene): Promise<Record<ClusterName, SimulatedNode[]>> {
  const add = (cluster: ClusterName) =>
    Promise.all(NODES[cluster].map(async (node) => ({ ...node, name: await scene.addNode(cluster, node) })));
  return { cluster1: await add('cluster1'), cluster2: await add('cluster2') };
}

async function allSucceed(scene: Scene): Promise<void> {
  const allEnded = async () => {
    const { items } = await scene.clients.cluster1.list<Pod>('pods', { namespace: scene.name });
    const succeeded = items.filter((pod) => !isDelegate(pod) && pod.status?.phase === 'Succeeded').length;
    if (succeeded === PODS) return true;
    throw new Error(`${succeeded} of ${PODS} succeeded`);
  };
  await waitUntil(allEnded, { what: 'all pods succeed', timeout: 45_000, interval: 250 });
}

/** How many delegates of the scene were created, by the API servers' own account. */
async function delegatesCreated(scene: Scene): Promise<number> {
  const created = CLUSTERS.map(async (cluster) => {
    const writes = await readWrites(inject('placement')[cluster].auditLog);
    return writes.filter(
      ({ verb, resource, subresource, namespace, impersonated, code }) =>
        `${verb} ${resource}${subresource}` === 'create pods' &&
        namespace === scene.name &&
        impersonated === sourceUser('cluster1') &&
        code === 201,
    ).length;
  });
  return (await Promise.all(created)).reduce((sum, count) => sum + count, 0);
}

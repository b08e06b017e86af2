import { describe } from 'vitest';
import {
  DELEGATE,
  type KubeObject,
  type Node,
  type Pod,
  type PodDelegation,
  virtualNodeName,
} from '../../api/index.ts';
import { isNotFound } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from './fixture.ts';
import { plainPod } from './objects.ts';
import type { ClusterName, Scene } from './scene.ts';

const within = (what: string) => ({ what, timeout: 20_000, interval: 100 });

/** A proxy in cluster1 whose delegate runs in cluster2, on a node with room for this one pod. */
async function running(scene: Scene): Promise<{ proxy: Pod; delegate: Pod; node: string }> {
  const node = await scene.addNode('cluster2', { name: 'n', cpu: '1' });
  const proxy = await scene.elect('steady', { requests: { cpu: '800m' } });
  await scene.berthOf('steady');
  const [only] = await scene.delegates(proxy);
  if (only === undefined) throw new Error('no delegate');
  return { proxy, delegate: only.pod, node };
}

/** What the eviction API does: as `kubectl drain` asks for it. */
async function evict(scene: Scene, cluster: ClusterName, { metadata: { name } }: Pod): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: scene.name } };
  await scene.clients[cluster].create('pods', eviction, { subresource: 'eviction' });
}

async function failed(scene: Scene, reason: string): Promise<Pod> {
  const look = async () => {
    const { status } = await scene.proxy('steady');
    if (status?.phase === 'Failed' && status.reason === reason) return true;
    throw new Error(`it is ${JSON.stringify(status)}`);
  };
  await waitUntil(look, within(`the proxy failed, reason ${reason}`));
  return scene.proxy('steady');
}

const isGone = async (get: Promise<KubeObject>): Promise<boolean> => {
  try {
    throw new Error(`it is still there: ${JSON.stringify((await get).metadata)}`);
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
};

/** Nothing is left of the scene's pods: in the clusters and on the hub. */
async function allGone({ clients, name: namespace }: Scene): Promise<void> {
  const look = async () => {
    const pods = [...(await clients.cluster1.list('pods', { namespace })).items];
    pods.push(...(await clients.cluster2.list('pods', { namespace })).items);
    for (const kind of ['podobservations', 'poddecisions', 'poddelegations'] as const) {
      const { items } = await clients.cluster1.list<PodDelegation>(kind);
      pods.push(...items.filter(({ spec }) => spec.pod.namespace === namespace));
    }
    if (pods.length === 0) return true;
    throw new Error(`there is still ${pods.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')}`);
  };
  // Decisions go by the garbage collector, which learns of new kinds half a minute after the CRDs were made.
  await waitUntil(look, { ...within('nothing is left'), timeout: 45_000 });
}

/** Its proxy fails, and says why. */
describe.concurrent('delegate', () => {
  test('evicted', async ({ scene, expect }) => {
    const { delegate } = await running(scene);
    await evict(scene, 'cluster2', delegate);
    const { status } = await failed(scene, 'EvictionByEvictionAPI');
    // What a Job's pod failure policy looks at.
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', status: 'True' }));
    await scene.clients.cluster1.delete('pods', 'steady', { namespace: scene.name });
    await allGone(scene);
  });

  test('preempted', async ({ scene }) => {
    const { node } = await running(scene);
    const metadata = { name: scene.name };
    const priorityClass = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 1000 };
    await scene.post('cluster2', '/apis/scheduling.k8s.io/v1/priorityclasses', priorityClass);
    const spec = { priorityClassName: scene.name };
    const urgent = plainPod(scene.name, 'urgent', { requests: { cpu: '900m' }, spec });
    // Admission hears of a new class a moment later.
    const made = async () => (await scene.clients.cluster2.create('pods', urgent)) !== undefined;
    await waitUntil(made, within('a pod of the new class is accepted'));
    await failed(scene, 'PreemptionByScheduler');
    await scene.isOnNode('cluster2', 'urgent', node);
  });

  test('by a taint of its node', async ({ scene }) => {
    const { node } = await running(scene);
    const taints = [{ key: 'maintenance', effect: 'NoExecute' }];
    await scene.clients.cluster2.patch('nodes', node, { spec: { taints } }, { type: 'merge' });
    await failed(scene, 'DeletionByTaintManager');
  });

  test('deleted, and it is never run again', async ({ scene, expect }) => {
    const { proxy, delegate } = await running(scene);
    const { name } = delegate.metadata;
    await scene.clients.cluster2.delete('pods', name, { namespace: scene.name, gracePeriodSeconds: 0 });
    await failed(scene, 'DelegateLost');
    await scene.elect('later', { requests: { cpu: '100m' } });
    await scene.berthOf('later');
    expect(await scene.delegates(proxy)).toEqual([]);
  });

  test('with its namespace, and all goes when the proxy is deleted', async ({ scene }) => {
    await running(scene);
    await scene.clients.cluster2.delete('namespaces', scene.name);
    await failed(scene, 'DelegateLost');
    await scene.clients.cluster1.delete('pods', 'steady', { namespace: scene.name });
    await allGone(scene);
  });
});

describe.concurrent('at home', () => {
  test('a proxy that is evicted takes its delegate along', async ({ scene }) => {
    const { proxy } = await running(scene);
    await evict(scene, 'cluster1', proxy);
    await allGone(scene);
  });

  test('a namespace that is deleted takes the delegates along', async ({ scene }) => {
    await running(scene);
    await scene.elect('waiting', { requests: { cpu: '64' } });
    await scene.waits('waiting', 'insufficient cpu');
    await scene.clients.cluster1.delete('namespaces', scene.name);
    await allGone(scene);
    const look = () => isGone(scene.clients.cluster1.get('namespaces', scene.name));
    await waitUntil(look, within('the namespace is gone'));
  });

  test('a proxy that is deleted by force takes its delegate along', async ({ scene, expect }) => {
    const { proxy } = await running(scene);
    await scene.clients.cluster1.delete('pods', 'steady', { namespace: scene.name, gracePeriodSeconds: 0 });
    await expect(scene.proxy('steady')).rejects.toThrow('not found');
    await allGone(scene);
    expect(await scene.delegates(proxy)).toEqual([]);
  });

  test('a virtual node that is deleted is made anew at once, and its proxies run on', async ({ scene, expect }) => {
    const { proxy, delegate } = await running(scene);
    const client = scene.clients.cluster1;
    const name = virtualNodeName('cluster2');
    const before = await client.get<Node>('nodes', name);
    await client.delete('nodes', name);
    const anew = async () => {
      const { metadata, status, spec } = await client.get<Node>('nodes', name);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      if (metadata.uid !== before.metadata.uid && ready === 'True') return true;
      throw new Error(`it is ${JSON.stringify({ metadata, ready, spec })}`);
    };
    await waitUntil(anew, { what: 'the node is made anew', timeout: 2_000, interval: 20 });
    await scene.elect('later', { requests: { cpu: '100m' } });
    await scene.berthOf('later');
    const { metadata, status } = await scene.proxy('steady');
    expect([metadata.uid, metadata.deletionTimestamp, status?.phase]).toEqual([
      proxy.metadata.uid,
      undefined,
      'Running',
    ]);
    const [only] = await scene.delegates(proxy);
    expect(only?.pod.metadata.annotations?.[DELEGATE.attempt]).toBe('1');
    expect(only?.pod.metadata.uid).toBe(delegate.metadata.uid);
  });
});

import { expect } from 'vitest';
import { ANNOTATION, isOurs, type Pod } from '../../api/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from './fixture.ts';
import type { Scene } from './scene.ts';
import { writesSince } from './writes.ts';

const OWN = 'multicluster.admiralty.io/';

type Patch = { labels?: Record<string, string | null>; annotations?: Record<string, string | null> };

const change = (scene: Scene, pod: Pod, metadata: Patch, cluster: 'cluster1' | 'cluster2' = 'cluster1') =>
  scene.clients[cluster].patch('pods', pod.metadata.name, { metadata }, { type: 'merge', namespace: scene.name });

/** Waits until the proxy's one delegate carries these; null: not. */
async function carries(scene: Scene, proxy: Pod, wanted: Patch): Promise<Pod> {
  let found: Pod | undefined;
  const look = async () => {
    const [only] = await scene.delegates(proxy);
    found = only?.pod;
    return shows(found, wanted);
  };
  await waitUntil(look, { what: `the delegate carries ${JSON.stringify(wanted)}`, timeout: 20_000, interval: 50 });
  return found ?? expect.unreachable();
}

async function proxyShows(scene: Scene, name: string, wanted: Patch): Promise<void> {
  const look = async () => shows(await scene.proxy(name), wanted);
  await waitUntil(look, { what: `the proxy shows ${JSON.stringify(wanted)}`, timeout: 20_000, interval: 50 });
}

function shows(pod: Pod | undefined, { labels = {}, annotations = {} }: Patch): boolean {
  const has = (entries: Record<string, string> | undefined, wanted: Record<string, string | null>) =>
    Object.entries(wanted).every(([key, value]) => (entries?.[key] ?? null) === value);
  if (pod !== undefined && has(pod.metadata.labels, labels) && has(pod.metadata.annotations, annotations)) return true;
  throw new Error(`it carries ${JSON.stringify(pod?.metadata)}`);
}

test("the owner's changes reach the delegate, the target's annotations the proxy, and then it is quiet", async ({
  scene,
}) => {
  await scene.addNode('cluster2', { name: 'n', cpu: '4' });
  const proxy = await scene.elect('steady', { annotations: { first: '1', [ANNOTATION.clusterName]: 'cluster2' } });
  await scene.berthOf('steady');
  let since = Date.now();

  await change(scene, proxy, { labels: { tier: 'one' }, annotations: { first: '2', second: '2' } });
  const labels = { [`${OWN}tier`]: 'one', tier: null };
  await carries(scene, proxy, { labels, annotations: { first: '2', second: '2' } });
  await change(scene, proxy, { labels: { tier: null }, annotations: { first: null } });
  const delegate = await carries(scene, proxy, {
    labels: { [`${OWN}tier`]: null },
    annotations: { first: null, second: '2' },
  });
  expect(
    Object.keys(delegate.metadata.annotations ?? {})
      .filter(isOurs)
      .sort(),
  ).toEqual(
    ['amended', 'attempt', 'proxy-name', 'proxy-namespace', 'proxy-uid', 'source'].map(
      (name) => `delegate.${OWN}${name}`,
    ),
  );
  expect(await writesSince(scene, proxy, since)).toEqual(
    ['patch poddelegations', 'patch pods', 'patch poddelegations', 'patch pods'].sort(),
  );

  since = Date.now();
  await change(scene, delegate, { annotations: { result: '7', second: '3' } }, 'cluster2');
  await proxyShows(scene, 'steady', { annotations: { result: '7', second: '3' } });
  expect(await writesSince(scene, proxy, since)).toEqual(['patch poddelegationsstatus', 'patch podsstatus']);

  // The owner wins over what came from the target, and may take it away.
  since = Date.now();
  await change(scene, proxy, { annotations: { result: null, second: '4' } });
  await carries(scene, proxy, { annotations: { result: null, second: '4' } });
  await change(scene, delegate, { annotations: { last: '1' } }, 'cluster2');
  await proxyShows(scene, 'steady', { annotations: { last: '1', result: null, second: '4' } });
  // Of the status once or twice: what the two changes make of it may go together.
  expect([...new Set(await writesSince(scene, proxy, since))]).toEqual([
    'patch poddelegations',
    'patch poddelegationsstatus',
    'patch pods',
    'patch podsstatus',
  ]);
});

test('a gated proxy goes when its last gate is gone, with all that was added meanwhile', async ({ scene }) => {
  const taint = { key: 'flavour', value: 'spot', effect: 'NoSchedule' };
  await scene.addNode('cluster1', { name: 'any', cpu: '8' });
  const node = await scene.addNode('cluster2', {
    name: 'spot',
    cpu: '1',
    labels: { flavour: 'spot' },
    taints: [taint],
  });
  const schedulingGates = [{ name: 'queue.test/admission' }, { name: 'queue.test/topology' }];
  const proxy = await scene.elect('gated', { spec: { schedulingGates } });
  const { uid = '', name } = proxy.metadata;
  const client = scene.clients.cluster1;
  const patch = (spec: object, metadata: object = {}) =>
    client.patch('pods', name, { spec, metadata }, { type: 'merge', namespace: scene.name });
  await patch({ schedulingGates: schedulingGates.slice(1) });

  // A pod that came later has gone all the way: there was time for this one.
  await scene.elect('later');
  await scene.berthOf('later');
  await expect(client.get('podobservations', uid, { namespace: 'berth-cluster1' })).rejects.toThrow('not found');
  const waiting = (await scene.proxy('gated')).status?.conditions?.find(({ type }) => type === 'PodScheduled');
  expect(waiting).toMatchObject({ status: 'False', reason: 'SchedulingGated' });

  const tolerations = [...(proxy.spec.tolerations ?? []), { key: 'flavour', operator: 'Exists' }];
  await patch({ nodeSelector: { flavour: 'spot' }, tolerations, schedulingGates: [] }, { labels: { admitted: 'yes' } });
  expect(await scene.berthOf('gated')).toEqual({ cluster: 'cluster2', node });
  const [only] = await scene.delegates(proxy);
  expect(only?.pod.spec.schedulingGates).toBeUndefined();
  expect(only?.pod.spec.nodeSelector).toMatchObject({ flavour: 'spot' });
  expect(only?.pod.metadata.labels).toMatchObject({ [`${OWN}admitted`]: 'yes' });
});

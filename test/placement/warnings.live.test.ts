import { expect } from 'vitest';
import type { KubeEvent, Pod } from '../../api/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from './fixture.ts';
import type { Scene } from './scene.ts';
import { writesSince } from './writes.ts';

/** What a kubelet of cluster2 would say about a pod there. */
function warn(scene: Scene, about: Pod, name: string, reason: string, message: string): Promise<KubeEvent> {
  const { namespace, name: pod, uid } = about.metadata;
  const object = {
    metadata: { name, namespace: scene.name },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: pod, uid },
    ...{ type: 'Warning', reason, message, count: 1 },
  };
  return scene.clients.cluster2.create('events', object);
}

/** Warnings about it. */
const eventsOn = async (scene: Scene, { metadata }: Pod): Promise<string[]> => {
  const fieldSelector = `involvedObject.uid=${metadata.uid},type=Warning`;
  const { items } = await scene.clients.cluster1.list<KubeEvent>('events', { namespace: scene.name, fieldSelector });
  return items.map(({ reason, message }) => `${reason}: ${message}`).sort();
};

test('warnings about a delegate are Events on its proxy, each once and few', async ({ scene }) => {
  await scene.addNode('cluster2', { name: 'n', cpu: '4' });
  const proxy = await scene.elect('troubled');
  await scene.berthOf('troubled');
  const [only] = await scene.delegates(proxy);
  const delegate = only?.pod ?? expect.unreachable();
  const since = Date.now();

  await warn(scene, delegate, 'mount', 'FailedMount', 'configmap "x" not found');
  await scene.isTold('troubled', 'FailedMount', 'cluster2: configmap "x" not found');
  expect(await writesSince(scene, proxy, since)).toEqual(['create events', 'patch poddelegationsstatus']);

  // A repetition is no news; of many texts only the first in a minute are told.
  await scene.clients.cluster2.patch('events', 'mount', { count: 2 }, { type: 'merge', namespace: scene.name });
  const texts = Array.from({ length: 7 }, (_, index) => `Readiness probe failed after ${index} ms`);
  for (const [index, text] of texts.entries()) await warn(scene, delegate, `probe-${index}`, 'Unhealthy', text);
  const five = async () => (await eventsOn(scene, proxy)).length === 5;
  await waitUntil(five, { what: 'five Events on the proxy', timeout: 20_000, interval: 100 });
  expect(await eventsOn(scene, proxy)).toEqual([
    'FailedMount: cluster2: configmap "x" not found',
    ...texts.slice(0, 4).map((text) => `Unhealthy: cluster2: ${text}`),
  ]);
});

import { describe, expect, inject } from 'vitest';
import { DELEGATE } from '../../api/index.ts';
import { readWrites, type Write } from '../cluster/audit.ts';
import { test } from './fixture.ts';
import { plainPod } from './objects.ts';
import type { Scene } from './scene.ts';

/** Cluster2 has more room and is asked first; cluster1 is where the pod can go then. */
async function twoNodes(scene: Scene): Promise<{ home: string; away: string }> {
  const [home, away] = await Promise.all([
    scene.addNode('cluster1', { name: 'home', cpu: '1' }),
    scene.addNode('cluster2', { name: 'away', cpu: '8' }),
  ]);
  return { home, away };
}

describe('delegate refused', () => {
  test('by quota: goes elsewhere', async ({ scene }) => {
    const { home } = await twoNodes(scene);
    const quota = { kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } };
    await scene.post('cluster2', `/api/v1/namespaces/${scene.name}/resourcequotas`, { apiVersion: 'v1', ...quota });
    await scene.refuses('cluster2', 'exceeded quota');
    await scene.elect('moved');
    expect(await scene.berthOf('moved')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('moved', 'cluster2', 'exceeded quota');
  });

  test('by pod security: goes elsewhere', async ({ scene }) => {
    const { home } = await twoNodes(scene);
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    await scene.clients.cluster2.patch('namespaces', scene.name, { metadata: { labels } }, { type: 'merge' });
    await scene.elect('moved', { spec: { hostPID: true } });
    expect(await scene.berthOf('moved')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('moved', 'cluster2', 'violates PodSecurity');
  });

  test('for its service account, not there and then not lent: goes elsewhere', async ({ scene }) => {
    const { home } = await twoNodes(scene);
    const account = { metadata: { name: 'builder', namespace: scene.name } };
    await scene.clients.cluster1.create('serviceaccounts', account);
    await scene.elect('first', { spec: { serviceAccountName: 'builder' } });
    expect(await scene.berthOf('first')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('first', 'cluster2', 'serviceaccount "builder" not found');
    await scene.clients.cluster2.create('serviceaccounts', account);
    await scene.elect('second', { spec: { serviceAccountName: 'builder' } });
    expect(await scene.berthOf('second')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('second', 'cluster2', 'service account builder is not for delegates of cluster1');
  });

  test('for its priority class, not there and then not lent: goes elsewhere', async ({ scene }) => {
    const { home } = await twoNodes(scene);
    const name = scene.name.slice(0, 20).replace(/-$/, '');
    await scene.clients.cluster1.create('priorityclasses', priorityClass(name));
    await scene.elect('first', { spec: { priorityClassName: name } });
    expect(await scene.berthOf('first')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('first', 'cluster2', `no PriorityClass with name ${name}`);
    await scene.clients.cluster2.create('priorityclasses', priorityClass(name));
    await scene.elect('second', { spec: { priorityClassName: name } });
    expect(await scene.berthOf('second')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('second', 'cluster2', `priority class ${name} is not for delegates of cluster1`);
  });

  test('by policy: goes elsewhere', async ({ scene }) => {
    const { home } = await twoNodes(scene);
    await forbidPods(scene, 'no pods on Sundays');
    await scene.refuses('cluster2', 'no pods on Sundays');
    await scene.elect('moved');
    expect(await scene.berthOf('moved')).toEqual({ cluster: 'cluster1', node: home });
    await scene.isTold('moved', 'cluster2', 'no pods on Sundays');
  });

  test('no such namespace: goes elsewhere', async ({ homeScene }) => {
    const { home } = await twoNodes(homeScene);
    await homeScene.elect('moved');
    expect(await homeScene.berthOf('moved')).toEqual({ cluster: 'cluster1', node: home });
    await homeScene.isTold('moved', 'cluster2', 'not found');
  });
});

test('delegate without a node goes elsewhere', async ({ scene }) => {
  const { home, away } = await twoNodes(scene);
  // A taken host port: nothing that placement looks at, and kube-scheduler does.
  const hostPort = 8080;
  await scene.clients.cluster2.create('pods', plainPod(scene.name, 'squatter', { hostPort }));
  await scene.isOnNode('cluster2', 'squatter', away);
  const proxy = await scene.elect('moved', { hostPort });
  expect(await scene.berthOf('moved')).toEqual({ cluster: 'cluster1', node: home });
  await scene.isTold('moved', 'cluster2', 'free ports');
  const delegates = await scene.delegates(proxy);
  const attempts = delegates.map(({ cluster, pod }) => [cluster, pod.metadata.annotations?.[DELEGATE.attempt]]);
  expect(attempts).toEqual([['cluster1', '2']]);
  // The first is known to be gone before the second is made.
  const [gone, made] = await Promise.all([
    timesOf('cluster2', ({ verb, name }) => verb === 'delete' && name.startsWith(`cluster1-${scene.name}`)),
    timesOf('cluster1', ({ verb, name }) => verb === 'create' && name.startsWith(`cluster1-${scene.name}`)),
  ]);
  expect([gone.length, made.length]).toEqual([1, 1]);
  expect(gone[0]).toBeLessThan(made[0] ?? 0);
});

/** Objects without a spec; more than the types of raw objects know. */
const priorityClass = (name: string) => ({ metadata: { name }, ...{ value: 1000 } });

/** A policy of cluster2 that refuses every pod of the scene with this message. */
async function forbidPods(scene: Scene, message: string): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: scene.name };
  const path = `/apis/${apiVersion}`;
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  await scene.post('cluster2', `${path}/validatingadmissionpolicies`, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: { matchConstraints: { resourceRules: [pods] }, validations: [{ expression: 'false', message }] },
  });
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': scene.name } };
  await scene.post('cluster2', `${path}/validatingadmissionpolicybindings`, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: scene.name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
  });
}

/** When pods were written in a cluster, as its API server has it. */
async function timesOf(cluster: 'cluster1' | 'cluster2', wanted: (write: Write) => boolean): Promise<number[]> {
  const writes = await readWrites(inject('placement')[cluster].auditLog);
  return writes
    .filter((write) => write.resource === 'pods' && write.subresource === '' && wanted(write))
    .map(({ at }) => at);
}

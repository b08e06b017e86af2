/** What Argo adds to its steps follows them into a cluster that has none of it. */
import { describe, expect } from 'vitest';
import { bundleName, type ConfigMap, copyName, type Pod, pairNamespace, type Secret } from '../../api/index.ts';
import { isNotFound, unlessMissing } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from '../placement/fixture.ts';
import type { ClusterName, Scene } from '../placement/scene.ts';
import { step } from './step.ts';
import { within } from './story.ts';

const KEYS = { accessKey: Buffer.from('open sesame').toString('base64') };
const TEMPLATE = { ARGO_TEMPLATE: JSON.stringify({ name: 'big', script: 'x'.repeat(300_000) }) };

/** A step with credentials of an artifact repository and a template that is too large for the environment. */
function big(scene: Scene, name: string, cluster: ClusterName): Pod {
  const pod = step(scene, name, cluster);
  const [wait, ...others] = pod.spec.containers;
  const volumeMounts = [
    { name: 's3', mountPath: '/argo/secret/s3' },
    { name: 'argo-env-config', mountPath: '/argo/config' },
  ];
  const volumes = [
    { name: 's3', secret: { secretName: 's3', items: [{ key: 'accessKey', path: 'accessKey' }] } },
    { name: 'argo-env-config', configMap: { name } },
  ];
  const containers = [{ ...(wait ?? expect.unreachable()), volumeMounts }, ...others];
  return { ...pod, spec: { ...pod.spec, containers, volumes } };
}

const giveSecret = ({ clients, name: namespace }: Scene) =>
  clients.cluster1.create('secrets', { metadata: { name: 's3', namespace, labels: { app: 'x' } }, ...{ data: KEYS } });

const giveTemplate = ({ clients, name: namespace }: Scene, name: string) =>
  clients.cluster1.create('configmaps', { metadata: { name, namespace }, ...{ data: TEMPLATE } });

/** What is there, or undefined. */
const copyIn = <T extends ConfigMap | Secret>(scene: Scene, resource: 'configmaps' | 'secrets', name: string) =>
  unlessMissing(scene.clients.cluster2.get<T>(resource, name, { namespace: scene.name }));

/** The copies of both for a delegate, once they are there. */
async function copiesFor(scene: Scene, name: string, delegate: Pod) {
  const names = { secret: copyName('s3', delegate.metadata.name), map: copyName(name, delegate.metadata.name) };
  const look = async () => ({
    secret: await copyIn<Secret>(scene, 'secrets', names.secret),
    map: await copyIn<ConfigMap>(scene, 'configmaps', names.map),
  });
  const complete = async () => Object.values(await look()).every((copy) => copy !== undefined);
  await waitUntil(complete, within('both copies are there'));
  return { names, ...(await look()) };
}

async function delegateOf(scene: Scene, name: string): Promise<Pod> {
  await scene.addNode('cluster2', { name: 'n', cpu: '4' });
  const proxy = await scene.clients.cluster1.create<Pod>('pods', big(scene, name, 'cluster2'));
  await scene.berthOf(name);
  const [only] = await scene.delegates(proxy);
  return only?.pod ?? expect.unreachable();
}

describe.concurrent('credentials and templates', () => {
  test('follow the step, and go with it', async ({ scene }) => {
    await giveSecret(scene);
    await giveTemplate(scene, 'step');
    const delegate = await delegateOf(scene, 'step');
    const { names, secret, map } = await copiesFor(scene, 'step', delegate);
    expect(secret).toMatchObject({ type: 'Opaque', data: KEYS });
    expect(secret?.metadata.labels).not.toHaveProperty('app');
    expect(map?.data).toEqual(TEMPLATE);
    expect(delegate.spec.volumes?.slice(0, 2)).toMatchObject([
      { name: 's3', secret: { secretName: names.secret, items: [{ key: 'accessKey' }] } },
      { name: 'argo-env-config', configMap: { name: names.map } },
    ]);

    const proxy = await scene.proxy('step');
    await scene.clients.cluster1.delete('pods', 'step', { namespace: scene.name });
    const gone = async () =>
      (await copyIn(scene, 'secrets', names.secret)) === undefined &&
      (await copyIn(scene, 'configmaps', names.map)) === undefined;
    await waitUntil(gone, within('the copies are gone'));
    const bundle = () =>
      scene.clients.cluster1.get('secrets', bundleName(proxy.metadata.uid ?? '', 1), {
        namespace: pairNamespace('cluster1', 'cluster2'),
      });
    // The garbage collector looks for kinds that are new every 30 s, and those of this hub may be.
    const left = { ...within('nothing is left on the hub'), timeout: 60_000 };
    await waitUntil(async () => bundle().then(() => false, isNotFound), left);
  });

  test('that are not there yet are waited for, which is told', async ({ scene }) => {
    await giveTemplate(scene, 'late');
    const delegate = await delegateOf(scene, 'late');
    const told = async () => {
      const { items } = await scene.clients.cluster1.list('events', { namespace: scene.name });
      return JSON.stringify(items).includes('the pod refers to what is not there: Secret s3');
    };
    await waitUntil(told, within('the Event says what is missing'));
    await giveSecret(scene);
    expect((await copiesFor(scene, 'late', delegate)).secret?.data).toEqual(KEYS);
  });
});

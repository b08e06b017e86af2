import { expect } from 'vitest';
import { ARGO, isTerminal, type Pod, type WorkflowTaskResult } from '../../api/index.ts';
import { isNotFound } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from '../placement/fixture.ts';
import type { ClusterName, Scene } from '../placement/scene.ts';
import { executorOf, step } from './step.ts';

const within = (what: string) => ({ what, timeout: 20_000, interval: 50 });
const OUTPUTS = { parameters: [{ name: 'answer', value: '42' }], result: 'x'.repeat(256_000) };

async function resultIn(scene: Scene, cluster: ClusterName, name: string): Promise<WorkflowTaskResult | undefined> {
  try {
    return await scene.clients[cluster].get<WorkflowTaskResult>('workflowtaskresults', name, {
      namespace: scene.name,
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits until the result of a step is at home, and looks so. */
async function toldAtHome(scene: Scene, name: string, isSo: (result: WorkflowTaskResult) => boolean = () => true) {
  let found: WorkflowTaskResult | undefined;
  const told = async () => {
    found = await resultIn(scene, 'cluster1', `${name}-node`);
    return found !== undefined && isSo(found);
  };
  await waitUntil(told, within(`the result of ${name} is at home`));
  return found ?? expect.unreachable();
}

const completed = ({ metadata }: WorkflowTaskResult): string | undefined => metadata.labels?.[ARGO.reported];

async function started(scene: Scene, name: string, cluster: ClusterName) {
  await scene.addNode(cluster, { name: 'n', cpu: '4' });
  const proxy = await scene.clients.cluster1.create<Pod>('pods', step(scene, name, cluster));
  expect(await scene.berthOf(name)).toMatchObject({ cluster });
  const [only] = await scene.delegates(proxy);
  const delegate = only?.pod ?? expect.unreachable();
  return { proxy, delegate, executor: executorOf(scene, cluster, delegate) };
}

/** Lets kwok end the delegate, and waits until the proxy has ended. */
async function ends(scene: Scene, name: string, cluster: ClusterName, { metadata }: Pod): Promise<Pod> {
  const annotations = { 'sim/duration': '1ms' };
  const options = { type: 'merge', namespace: scene.name } as const;
  await scene.clients[cluster].patch('pods', metadata.name, { metadata: { annotations } }, options);
  let proxy: Pod | undefined;
  const ended = async () => {
    proxy = await scene.proxy(name);
    return isTerminal(proxy.status);
  };
  await waitUntil(ended, within(`${name} has ended`));
  return proxy ?? expect.unreachable();
}

test.for<ClusterName>(['cluster1', 'cluster2'])(
  'what a step in %s reports is at home before its proxy ends',
  async (cluster, { scene }) => {
    const { proxy, delegate, executor } = await started(scene, 'step', cluster);

    const begun = await executor.begin();
    // Nobody there owns or looks for it: Argo may be there too.
    expect(begun.metadata.ownerReferences).toBeUndefined();
    expect(begun.metadata.labels).toEqual({ [ARGO.reported]: 'false' });
    const early = await toldAtHome(scene, 'step');
    expect(early.metadata.labels).toEqual({ [ARGO.workflow]: 'wf', [ARGO.reported]: 'false' });
    expect(early.metadata.ownerReferences).toMatchObject([{ kind: 'Workflow', name: 'wf' }]);

    await executor.report({ progress: '50/100' });
    await toldAtHome(scene, 'step', ({ progress }) => progress === '50/100');
    await executor.report({ outputs: OUTPUTS });
    await executor.complete();
    const ended = await ends(scene, 'step', cluster, delegate);
    const told = await toldAtHome(scene, 'step', (result) => completed(result) === 'true');
    expect(told['outputs']).toEqual(OUTPUTS);
    // Versions of one API server count up.
    expect(Number(told.metadata.resourceVersion)).toBeLessThan(Number(ended.metadata.resourceVersion));

    await scene.clients.cluster1.delete('pods', proxy.metadata.name, { namespace: scene.name });
    const gone = async () => (await resultIn(scene, cluster, executor.name)) === undefined;
    await waitUntil(gone, within("the delegate's result is gone"));
    expect(await resultIn(scene, 'cluster1', 'step-node')).toBeDefined();
  },
);

test('a step that ends in the middle of its report leaves no workflow waiting', async ({ scene }) => {
  const { delegate, executor } = await started(scene, 'cut', 'cluster2');
  await executor.begin();
  await executor.report({ outputs: { parameters: [{ name: 'half', value: '1' }] } });
  await ends(scene, 'cut', 'cluster2', delegate);
  const told = await toldAtHome(scene, 'cut', (result) => completed(result) === 'true');
  expect(told['outputs']).toEqual({ parameters: [{ name: 'half', value: '1' }] });
});

test('a step that reports nothing ends without a result', async ({ scene }) => {
  const { delegate } = await started(scene, 'silent', 'cluster2');
  expect((await ends(scene, 'silent', 'cluster2', delegate)).status?.phase).toBe('Succeeded');
  expect(await resultIn(scene, 'cluster1', 'silent-node')).toBeUndefined();
});

test('the command of the user sees the node that Argo gave it', async ({ scene }) => {
  const { delegate } = await started(scene, 'seen', 'cluster2');
  const main = delegate.spec.containers.find(({ name }) => name === 'main');
  expect(main?.env).toEqual([{ name: 'ARGO_NODE_ID', value: 'seen-node' }]);
});

test('a service account may write results in its own namespace, and no other kind', async ({ scene }) => {
  const { delegate } = await started(scene, 'bound', 'cluster2');
  const as = `system:serviceaccount:${scene.name}:${delegate.spec.serviceAccountName}`;
  const result = { metadata: { name: 'mine', namespace: 'default' } };
  await expect(scene.clients.cluster2.create('workflowtaskresults', result, { as })).rejects.toThrow('forbidden');
  const map = { metadata: { name: 'mine', namespace: scene.name } };
  await expect(scene.clients.cluster2.create('configmaps', map, { as })).rejects.toThrow('forbidden');
});

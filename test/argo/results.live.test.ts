import { expect } from 'vitest';
import { ARGO } from '../../api/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { test } from '../placement/fixture.ts';
import type { ClusterName } from '../placement/scene.ts';
import { writesSince } from '../placement/writes.ts';
import { completed, ends, resultIn, started, toldAtHome, within } from './story.ts';

const OUTPUTS = { parameters: [{ name: 'answer', value: '42' }], result: 'x'.repeat(256_000) };

test.for<ClusterName>(['cluster1', 'cluster2'])(
  'what a step in %s reports is at home before its proxy ends',
  async (cluster, { scene }) => {
    const life = await started(scene, 'step', cluster);
    const { proxy, executor } = life;

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
    const ended = await ends(scene, cluster, life);
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
  const life = await started(scene, 'cut', 'cluster2');
  await life.executor.begin();
  await life.executor.report({ outputs: { parameters: [{ name: 'half', value: '1' }] } });
  await ends(scene, 'cluster2', life);
  const told = await toldAtHome(scene, 'cut', (result) => completed(result) === 'true');
  expect(told['outputs']).toEqual({ parameters: [{ name: 'half', value: '1' }] });
});

test('a step that reports nothing ends without a result', async ({ scene }) => {
  const life = await started(scene, 'silent', 'cluster2');
  expect((await ends(scene, 'cluster2', life)).status?.phase).toBe('Succeeded');
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

test('two sources whose steps meet in one namespace each get their own results', async ({ scene }) => {
  const answers = { cluster1: 'one', cluster2: 'two' };
  const homes = ['cluster1', 'cluster2'] as const;
  const lives = await Promise.all(homes.map((home) => started(scene, 'twin', 'cluster2', home)));
  for (const { executor, home } of lives) {
    await executor.begin();
    await executor.report({ outputs: { result: answers[home] } });
    await executor.complete();
  }
  await Promise.all(lives.map((life) => ends(scene, 'cluster2', life)));
  for (const { home, proxy } of lives) {
    const told = await toldAtHome(scene, 'twin', (result) => completed(result) === 'true', home);
    expect(told['outputs']).toEqual({ result: answers[home] });
    await scene.clients[home].delete('pods', proxy.metadata.name, { namespace: scene.name });
  }
  const gone = async () => {
    const left = await Promise.all(lives.map(({ executor }) => resultIn(scene, 'cluster2', executor.name)));
    return left.every((result) => result === undefined);
  };
  await waitUntil(gone, within("the delegates' results are gone"));
  expect(await resultIn(scene, 'cluster2', 'twin-node')).toBeDefined();
});

test('outputs cost at most eight writes, those of the executor included', async ({ scene }) => {
  const first = Date.now();
  const silent = await started(scene, 'silent', 'cluster2');
  await ends(scene, 'cluster2', silent);
  const without = await writesSince(scene, silent.proxy, first);

  const second = Date.now();
  const life = await started(scene, 'told', 'cluster2');
  const { begin, report, complete } = life.executor;
  await begin();
  await toldAtHome(scene, 'told');
  await report({ outputs: OUTPUTS });
  await complete();
  await ends(scene, 'cluster2', life);
  const ours = await writesSince(scene, life.proxy, second);
  expect(ours.length + 3 - without.length, `${ours} against ${without}`).toBeLessThanOrEqual(8);
});

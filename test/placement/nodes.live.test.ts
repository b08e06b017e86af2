import { expect } from 'vitest';
import { test } from './fixture.ts';

test('taint and toleration', async ({ scene }) => {
  const taint = { key: 'team', value: 'blue', effect: 'NoSchedule' };
  const node = await scene.addNode('cluster2', { name: 'tainted', cpu: '4', taints: [taint] });
  await scene.elect('stranger');
  await scene.elect('friend', { spec: { tolerations: [{ key: 'team', operator: 'Equal', value: 'blue' }] } });
  expect(await scene.berthOf('friend')).toEqual({ cluster: 'cluster2', node });
  await scene.waits('stranger', 'cluster2', 'taint {team=blue:NoSchedule}');
});

test('node selector', async ({ scene }) => {
  await scene.addNode('cluster1', { name: 'hdd', cpu: '8', labels: { disk: 'hdd' } });
  const node = await scene.addNode('cluster2', { name: 'ssd', cpu: '1', labels: { disk: 'ssd' } });
  await scene.elect('fast', { spec: { nodeSelector: { disk: 'ssd' } } });
  await scene.elect('faster', { spec: { nodeSelector: { disk: 'nvme' } } });
  expect(await scene.berthOf('fast')).toEqual({ cluster: 'cluster2', node });
  await scene.waits('faster', 'cluster1', 'cluster2', 'node selector');
});

test('node affinity', async ({ scene }) => {
  await scene.addNode('cluster1', { name: 'old', cpu: '8', labels: { generation: '3' } });
  const node = await scene.addNode('cluster2', { name: 'new', cpu: '1', labels: { generation: '5' } });
  const affinityOver = (generation: string) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'generation', operator: 'Gt', values: [generation] }] }],
      },
    },
  });
  await scene.elect('modern', { spec: { affinity: affinityOver('4') } });
  await scene.elect('futuristic', { spec: { affinity: affinityOver('9') } });
  expect(await scene.berthOf('modern')).toEqual({ cluster: 'cluster2', node });
  await scene.waits('futuristic', 'cluster1', 'cluster2', 'affinity');
});

test('extended resources', async ({ scene }) => {
  await scene.addNode('cluster1', { name: 'plain', cpu: '8' });
  const node = await scene.addNode('cluster2', { name: 'gpus', cpu: '1', extended: { 'example.com/gpu': '2' } });
  await scene.elect('two', { requests: { cpu: '1m', 'example.com/gpu': '2' } });
  expect(await scene.berthOf('two')).toEqual({ cluster: 'cluster2', node });
  await scene.elect('third', { requests: { cpu: '1m', 'example.com/gpu': '1' } });
  await scene.waits('third', 'cluster1', 'cluster2', 'insufficient example.com/gpu');
  await scene.clients.cluster1.delete('pods', 'two', { namespace: scene.name });
  expect(await scene.berthOf('third')).toEqual({ cluster: 'cluster2', node });
});

test('pod slots', async ({ scene }) => {
  const node = await scene.addNode('cluster2', { name: 'narrow', cpu: '64', pods: 2 });
  await scene.elect('first');
  await scene.elect('second');
  await Promise.all(['first', 'second'].map((name) => scene.berthOf(name)));
  await scene.elect('third');
  await scene.waits('third', 'cluster2', 'insufficient pods');
  await scene.clients.cluster1.delete('pods', 'first', { namespace: scene.name });
  expect(await scene.berthOf('third')).toEqual({ cluster: 'cluster2', node });
  await scene.isDecided('third');
});

test('cordon', async ({ scene }) => {
  const node = await scene.addNode('cluster2', { name: 'closed', cpu: '4' });
  const cordon = (unschedulable: boolean) =>
    scene.clients.cluster2.patch('nodes', node, { spec: { unschedulable } }, { type: 'merge' });
  await scene.elect('before');
  await scene.berthOf('before');
  await cordon(true);
  await scene.knows('cluster2', node, { cordoned: true });
  await scene.elect('after');
  await scene.waits('after', 'cluster2', 'cordoned');
  await cordon(false);
  expect(await scene.berthOf('after')).toEqual({ cluster: 'cluster2', node });
  expect((await scene.proxy('before')).status?.phase).toBe('Running');
});

test('fits nowhere', async ({ scene }) => {
  await scene.addNode('cluster1', { name: 'small', cpu: '1' });
  await scene.addNode('cluster2', { name: 'smaller', cpu: '500m' });
  await scene.elect('big', { requests: { cpu: '3' } });
  await scene.waits('big', 'cluster1', 'cluster2', 'insufficient cpu');
  await scene.isTold('big', 'cluster1', 'cluster2', 'insufficient cpu');
  const node = await scene.addNode('cluster2', { name: 'large', cpu: '4' });
  expect(await scene.berthOf('big')).toEqual({ cluster: 'cluster2', node });
});

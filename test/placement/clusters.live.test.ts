import { describe, expect } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
import { test } from './fixture.ts';
import type { Scene } from './scene.ts';

/** A node in each cluster; cluster2 has more room and is chosen where nothing says otherwise. */
async function twoNodes(scene: Scene): Promise<void> {
  await Promise.all([
    scene.addNode('cluster1', { name: 'small', cpu: '1' }),
    scene.addNode('cluster2', { name: 'big', cpu: '8' }),
  ]);
}

describe('clustername', () => {
  test('nobody named: most room', async ({ scene }) => {
    await twoNodes(scene);
    await scene.elect('free', { requests: { cpu: '100m' } });
    expect((await scene.berthOf('free')).cluster).toBe('cluster2');
  });

  test('one named', async ({ scene }) => {
    await twoNodes(scene);
    await scene.elect('pinned', { requests: { cpu: '100m' }, annotations: { [ANNOTATION.clusterName]: 'cluster1' } });
    expect((await scene.berthOf('pinned')).cluster).toBe('cluster1');
  });

  test('several named: one that fits', async ({ scene }) => {
    await twoNodes(scene);
    const annotations = { [ANNOTATION.clusterName]: 'cluster1, cluster2' };
    await scene.elect('large', { requests: { cpu: '4' }, annotations });
    expect((await scene.berthOf('large')).cluster).toBe('cluster2');
  });

  test('named one is full: waits', async ({ scene }) => {
    await twoNodes(scene);
    await scene.elect('large', { requests: { cpu: '4' }, annotations: { [ANNOTATION.clusterName]: 'cluster1' } });
    await scene.waits('large', 'cluster1', 'insufficient cpu');
    expect(await scene.delegates(await scene.proxy('large'))).toEqual([]);
  });

  test('unknown one named: says so', async ({ scene }) => {
    await twoNodes(scene);
    await scene.elect('lost', { annotations: { [ANNOTATION.clusterName]: 'atlantis' } });
    await scene.waits('lost', 'atlantis');
    await scene.isTold('lost', 'atlantis');
  });
});

describe('cluster-selector', () => {
  const label = (scene: Scene, value: string) =>
    scene.clients.cluster1.patch(
      'clusters',
      'cluster1',
      { metadata: { labels: { [scene.name]: value } } },
      { type: 'merge' },
    );

  test('selects by labels of Cluster', async ({ scene }) => {
    await twoNodes(scene);
    await label(scene, 'north');
    await scene.elect('chosen', { annotations: { [ANNOTATION.clusterSelector]: `${scene.name} in (north, east)` } });
    expect((await scene.berthOf('chosen')).cluster).toBe('cluster1');
  });

  test('selects nothing until a label fits', async ({ scene }) => {
    await twoNodes(scene);
    await scene.elect('choosy', { annotations: { [ANNOTATION.clusterSelector]: `${scene.name}=south` } });
    await scene.waits('choosy', 'cluster1', 'cluster2', 'cluster-selector');
    await label(scene, 'south');
    expect((await scene.berthOf('choosy')).cluster).toBe('cluster1');
  });
});

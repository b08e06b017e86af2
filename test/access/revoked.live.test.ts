/** A target that no longer accepts a source: no new delegates at once, what runs goes on, then the pair is closed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANNOTATION, type Cluster, pairNamespace } from '../../api/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { openStage, PAIR, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage('revoked');
});

afterAll(async () => {
  await accept(['*']);
  await stage.close();
});

const hub = () => stage.scene.clients.cluster1;
const eventually = (what: string, check: () => Promise<boolean>, timeout = 20_000) =>
  waitUntil(check, { what, timeout });
/** A pair is in use as long as a decision is there, and the garbage collector hears of new kinds only every 30 s. */
const COLLECTED = 60_000;

const accept = (sources: string[]) =>
  hub().patch<Cluster>('clusters', 'cluster2', { spec: { accept: { sources } } }, { type: 'merge' });

const bindings = async (namespace: string): Promise<string[]> => {
  const { items } = await hub().list('rolebindings', { namespace });
  return items.map(({ metadata }) => metadata.name).sort();
};

const toCluster2 = { annotations: { [ANNOTATION.clusterName]: 'cluster2' } };

test('no new delegates at once, what runs goes on, then the pair is closed; and it can be opened again', async () => {
  const { scene } = stage;
  const { generation } = (await accept(['cluster2'])).metadata;
  await eventually('the scheduler has seen it', async () => {
    const { status } = await hub().get<Cluster>('clusters', 'cluster2');
    return status?.observedGeneration === generation;
  });
  await scene.elect('late', toCluster2);
  await scene.waits('late', 'cluster2', 'does not accept pods of cluster1');

  // What runs is still served: a change of its owner arrives, and its end.
  expect(await bindings(PAIR)).toEqual(['berth-source', 'berth-target']);
  const running = await scene.proxy('work');
  expect(running.status?.phase).toBe('Running');
  const annotations = { still: 'here' };
  await hub().patch('pods', 'work', { metadata: { annotations } }, { type: 'merge', namespace: scene.name });
  await eventually('its delegate hears of it', async () => {
    const [delegate] = await scene.delegates(running);
    return delegate?.pod.metadata.annotations?.['still'] === 'here';
  });
  await hub().delete('pods', 'work', { namespace: scene.name });
  await eventually('the delegate is gone', async () => (await scene.delegates(running)).length === 0);

  await eventually('the pair is closed', async () => (await bindings(PAIR)).length === 0, COLLECTED);
  await expect(stage.source.list('poddelegations', { namespace: PAIR })).rejects.toMatchObject({ status: 403 });
  await expect(stage.target.list('poddelegations', { namespace: PAIR })).rejects.toMatchObject({ status: 403 });
  const { status } = await hub().get<Cluster>('clusters', 'cluster2');
  expect(status?.sources).not.toContain('cluster1');
  expect(await bindings(pairNamespace('cluster2', 'cluster1'))).toEqual(['berth-source', 'berth-target']);

  await accept(['*']);
  expect((await scene.berthOf('late')).cluster).toBe('cluster2');
});

/** What a source and a target may write of the delegation that they share. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod, PodDelegation } from '../../api/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { merge, openStage, PAIR, type Stage, status } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage('halves');
});

afterAll(() => stage.close());

const read = ({ scene, uid }: Stage) =>
  scene.clients.cluster1.get<PodDelegation>('poddelegations', uid, { namespace: PAIR });

test('what a source writes into the status beside its spec is left out', async () => {
  const body = { spec: { gracePeriodSeconds: 5 }, status: { annotations: { forged: 'yes' } } };
  await stage.source.patch('poddelegations', stage.uid, body, merge(PAIR));
  const { spec, status } = await read(stage);
  expect(spec.gracePeriodSeconds).toBe(5);
  expect(status?.annotations ?? {}).not.toHaveProperty('forged');
});

test('what a target writes beside its status is left out: spec, labels, finalizers, owners', async () => {
  const before = await read(stage);
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: 'none' }];
  const metadata = { labels: { forged: 'yes' }, finalizers: ['example.com/forged'], ownerReferences };
  const body = { metadata, spec: { desired: 'Gone', manifest: '{}' }, status: { annotations: { told: 'yes' } } };
  await stage.target.patch('poddelegations', stage.uid, body, status(PAIR));
  const after = await read(stage);
  expect(after.status?.annotations).toMatchObject({ told: 'yes' });
  expect(after.spec).toEqual(before.spec);
  for (const field of ['labels', 'finalizers', 'ownerReferences'] as const)
    expect(after.metadata[field]).toEqual(before.metadata[field]);
});

test.each([
  ['source', { source: 'cluster2' }],
  ['target', { target: 'cluster1' }],
  ['pod', { pod: { namespace: 'default', name: 'other', uid: 'other' } }],
  ['delegate', { delegate: { namespace: 'kube-system', name: 'other' } }],
  ['manifest', { manifest: '{}' }],
  ['attempt', { attempt: 7 }],
])('not even the source changes the %s', async (field, spec) => {
  const patched = stage.source.patch('poddelegations', stage.uid, { spec }, merge(PAIR));
  await expect(patched).rejects.toThrow(`${field} cannot be changed`);
});

test('a source may label its delegation and hold it, which hurts only itself', async () => {
  const finalizers = ['example.com/held'];
  const patched = await stage.source.patch<PodDelegation>(
    'poddelegations',
    stage.uid,
    { metadata: { labels: { mine: 'yes' }, finalizers } },
    merge(PAIR),
  );
  expect(patched.metadata).toMatchObject({ labels: { mine: 'yes' }, finalizers });
  await stage.scene.clients.cluster1.delete('pods', 'work', { namespace: stage.scene.name });
  const delegateGone = async () =>
    (await stage.scene.delegates({ metadata: { name: 'work', uid: stage.uid } } as Pod)).length === 0;
  await waitUntil(delegateGone, { what: 'the delegate is gone', timeout: 20_000 });
  await stage.source.patch('poddelegations', stage.uid, { metadata: { finalizers: null } }, merge(PAIR));
});

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import { startBerth } from '../berth.ts';
import { test } from './fixture.ts';

/** Another `berth up` on the hub of the fleet, with cluster1 as a member of this name. */
async function upWith(name: string) {
  const logFile = join(tmpdir(), `berth-identity-${process.pid}-${name}.log`);
  onTestFinished(() => rm(logFile, { force: true }));
  const { kubeconfig } = inject('placement').cluster1;
  await using berth = await startBerth({ hub: { kubeconfig }, members: [{ name, kubeconfig }], logFile });
  return berth.pid;
}

test('a cluster under a second name, or under that of another, is refused; those at work go on', async ({ scene }) => {
  await expect(upWith('twin')).rejects.toThrow('BERTH505');
  await expect(upWith('cluster2')).rejects.toThrow('BERTH506');
  await expect(scene.clients.cluster1.get('clusters', 'twin')).rejects.toThrow('not found');
  await scene.addNode('cluster2', { name: 'n', cpu: '1' });
  await scene.elect('undisturbed');
  expect((await scene.berthOf('undisturbed')).cluster).toBe('cluster2');
});

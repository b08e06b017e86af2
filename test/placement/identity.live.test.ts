import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
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

test('an agent that was given the kubeconfig of another cluster does nothing there', async ({ scene }) => {
  const { cluster1 } = inject('placement');
  await scene.addNode('cluster2', { name: 'n', cpu: '1' });
  await scene.elect('before', { annotations: { [ANNOTATION.clusterName]: 'cluster2' } });
  expect((await scene.berthOf('before')).cluster).toBe('cluster2');
  const args = ['--cluster', 'cluster2', '--kubeconfig', cluster1.kubeconfig, '--hub', cluster1.kubeconfig];
  const main = join(import.meta.dirname, '../../cli/main.ts');
  const ended = promisify(execFile)(process.execPath, [main, 'agent', ...args], { timeout: 30_000 });
  await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('BERTH506') });
  expect((await scene.berthOf('before')).cluster).toBe('cluster2');
});

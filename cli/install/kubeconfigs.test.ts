import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';

it('names what cannot be written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'file');
  await writeFile(file, '');
  const credentials = { server: 'https://127.0.0.1:1', tls: {}, headers: async () => ({}) };
  const fleet = { hub: { name: 'hub', credentials, client: memoryClient() }, members: [] };
  const { signal } = new AbortController();
  const error = writeKubeconfigs(fleet, join(file, 'beneath'), 1, signal);
  await expect(error).rejects.toThrow(`${join(file, 'beneath')}: ENOTDIR`);
  await expect(error).rejects.toMatchObject({ reason: 'CannotWrite' });
});

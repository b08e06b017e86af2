import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startBerth } from './berth.ts';

it('fails at once, with the end of the log, when berth up cannot start', { timeout: 20_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, 'missing.kubeconfig');
  const members = [{ name: 'cluster1', kubeconfig }];
  const start = startBerth({ hub: { kubeconfig }, members, logFile: join(folder, 'berth.log'), timeout: 15_000 });
  await expect(start).rejects.toThrow(/exit code 1.*BERTH601.*missing\.kubeconfig/s);
});

import { expect, it, onTestFinished } from 'vitest';
import { memoryClient } from '../kube/testing/memory-client.ts';
import { silentLog } from '../kube/testing/silent-log.ts';
import { start } from './webhook.ts';

it('says that its port is taken', async () => {
  const { signal } = new AbortController();
  const common = { cluster: 'a', host: '127.0.0.1', log: silentLog(), now: Date.now, random: Math.random, signal };
  const first = await start({ ...common, home: memoryClient(), port: 0 });
  onTestFinished(() => first.stop());
  const port = Number(new URL(first.url).port);
  const second = start({ ...common, home: memoryClient(), port });
  await expect(second).rejects.toThrow(`127.0.0.1:${port}: EADDRINUSE`);
  await expect(second).rejects.toMatchObject({ reason: 'CannotListen' });
});

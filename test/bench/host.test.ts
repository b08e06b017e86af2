import { expect, test } from 'vitest';
import { busyMs, peakRssMiB, processMs, used, usedSince } from './host.ts';

test('busy time of all cores: neither idle nor iowait', () => {
  expect(busyMs('cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1 1 1 1\n')).toBe(1710);
});

test('time of a process with an odd name', () => {
  expect(processMs('42 (a) (b c) S 1 42 42 0 -1 4194304 10 0 0 0 150 50 0 0 20 0 1 0 100')).toBe(2000);
});

test('a process that works has used more, the host at least as much', async () => {
  const processes = new Map([['me', process.pid]]);
  const before = await used(processes);
  const start = process.cpuUsage();
  // By what it used, not by the clock: on a busy machine that is less.
  for (let spent = 0; spent < 150_000; ) {
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
  const more = usedSince(await used(processes), before);
  expect(more.processCpuMs.get('me')).toBeGreaterThan(50);
  expect(more.hostCpuMs).toBeGreaterThan(50);
});

test('peak memory', async () => {
  expect(await peakRssMiB(process.pid)).toBeGreaterThan(20);
  await expect(peakRssMiB(0)).rejects.toThrow();
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from './clean-up.ts';
import { withLock } from './lock.ts';
import { identify, isAlive } from './process-id.ts';
import { assertAlive, endProcesses, startProcess } from './processes.ts';
import { readState, writeState } from './state.ts';
import { waitUntil } from './wait.ts';

let stateDir = '';
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'processes-'));
  writeState(stateDir, { owner: identify(process.pid), keep: false, processes: [], rules: [] });
});
afterEach(async () => {
  await cleanUp(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

const shell = (script: string) =>
  startProcess({ name: 'shell', command: 'sh', args: ['-c', script], stateDir, env: { PATH: process.env['PATH'] } });

describe('identify', () => {
  it('tells a process from a later one of the same number', () => {
    const me = identify(process.pid);
    expect(isAlive(me)).toBe(true);
    expect(isAlive({ ...me, started: '1' })).toBe(false);
  });
});

describe('startProcess', () => {
  it('records the process before anything else can happen', async () => {
    const started = await shell('sleep 100');
    expect(readState(stateDir)?.processes).toEqual([started]);
    expect(isAlive(started)).toBe(true);
  });

  it('fails for what cannot be executed', async () => {
    const spec = { name: 'x', command: '/does/not/exist', args: [], stateDir, env: {} };
    await expect(startProcess(spec)).rejects.toThrow('ENOENT');
  });

  it('lets the log of a process that has ended speak', async () => {
    const started = await shell('echo out of luck; exit 1');
    await waitUntil(() => !isAlive(started), { what: 'it ends', timeout: 5_000 });
    expect(() => assertAlive(started, stateDir)).toThrow('out of luck');
  });
});

describe('endProcesses', () => {
  it('kills, with its children, what does not end when asked to', async () => {
    const file = join(stateDir, 'child');
    const stubborn = await shell(`trap '' TERM; sleep 100 & echo $! > ${file}; while :; do sleep 0.1; done`);
    const written = async () => (await readFile(file, 'utf8')).endsWith('\n');
    await waitUntil(written, { what: 'the child is started', timeout: 5_000 });
    const child = identify(Number(await readFile(file, 'utf8')));
    await endProcesses([stubborn], 300);
    await waitUntil(() => !isAlive(child), { what: 'the child is killed too', timeout: 5_000 });
    expect(isAlive(stubborn)).toBe(false);
  });

  it('leaves a process alone that only has the number of one of ours', async () => {
    const started = await shell('sleep 100');
    await endProcesses([{ ...started, started: '1' }], 100);
    expect(isAlive(started)).toBe(true);
  });
});

describe('cleanUp', () => {
  it('ends by the record what another run started, and removes the folder', async () => {
    const started = await shell('sleep 100');
    await cleanUp(stateDir);
    expect(isAlive(started)).toBe(false);
    expect(readState(stateDir)).toBeUndefined();
  });
});

describe('withLock', () => {
  const quiet = () => undefined;

  it('lets one in at a time', async () => {
    const file = join(stateDir, 'lock');
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all([withLock(file, quiet, work), withLock(file, quiet, work)]);
  });

  it('takes the lock of a holder that has died', async () => {
    const file = join(stateDir, 'lock');
    await writeFile(file, JSON.stringify({ pid: process.pid, started: '1' }));
    await expect(withLock(file, quiet, async () => 'done')).resolves.toBe('done');
  });
});

import { describe, expect, it } from 'vitest';
import { run } from './run.ts';
import { Hopeless, waitUntil } from './wait.ts';

describe('run', () => {
  it('gives the input to the command and returns its output', async () => {
    expect(await run('cat', [], { input: 'hello' })).toBe('hello');
  });

  it('fails with the command, its exit code and its standard error', async () => {
    await expect(run('sh', ['-c', 'echo broken >&2; exit 3'])).rejects.toThrow(/sh -c .*exit code 3: broken/);
  });

  it('kills a command that does not end in time', async () => {
    await expect(run('sleep', ['100'], { timeout: 50 })).rejects.toThrow('sleep 100: not ended within 0.05 s');
  });

  it('kills a command when it is no longer wanted', async () => {
    const signal = AbortSignal.timeout(50);
    await expect(run('sleep', ['100'], { signal })).rejects.toThrow('sleep 100: The operation was aborted');
  });
});

describe('waitUntil', () => {
  it('asks again after a check that threw, and tells of it when the time is over', async () => {
    let asked = 0;
    const check = () => {
      asked += 1;
      throw new Error('not listening');
    };
    const waited = waitUntil(check, { what: 'it answers', timeout: 50, interval: 5 });
    await expect(waited).rejects.toThrow('it answers: not within 0.05 s: not listening');
    expect(asked).toBeGreaterThan(1);
  });

  it('gives up at once on what can never come', async () => {
    const check = () => {
      throw new Hopeless('it has ended');
    };
    await expect(waitUntil(check, { what: 'it answers', timeout: 60_000 })).rejects.toThrow('it has ended');
  });
});

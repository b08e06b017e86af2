/** A virtual node whose port is flooded by connections that say nothing, or not enough. */
import type { ChildProcess } from 'node:child_process';
import { describe } from 'vitest';
import { floodWhile } from '../flood.ts';
import { test } from '../journeys/fleet.ts';
import { nodePortOf } from './node-port.ts';
import { begun, start } from './pods.ts';

const CONNECTIONS = 10_000;
/** Milliseconds that a user may wait meanwhile. */
const SOON = 10_000;
/** Who is behind TLS has 10 s to say what it wants. */
const GONE_WITHIN = 15_000;

/** A line through `cat` in the container and back; rejects after a while. */
function echo({ stdin, stdout }: ChildProcess, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no echo of ${line}`)), SOON);
    stdout?.once('data', (bytes: Buffer) => {
      clearTimeout(late);
      resolve(String(bytes));
    });
    stdin?.write(line);
  });
}

describe('10,000 idle connections at a virtual node', () => {
  test('keep nobody from logs and exec, and go', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'flooded');
    const { child, ended } = await start(proxy, 'exec', ['-i', '--', 'cat']);
    expect(await echo(child, 'before')).toBe('before');
    const { there, end, waits } = await floodWhile(await nodePortOf(proxy), CONNECTIONS, async () => {
      expect(await echo(child, 'during')).toBe('during');
      for (const [verb, args] of [
        ['exec', ['--', 'true']],
        ['logs', []],
      ] as const)
        expect(await (await start(proxy, verb, args)).ended).toMatchObject({ code: 0, stderr: '' });
    });
    const figures = { rounds: waits.length, slowestMs: Math.max(...waits), there: there() };
    console.log(`virtual node, ${CONNECTIONS} idle connections: ${JSON.stringify(figures)}`);
    expect(figures.slowestMs).toBeLessThan(SOON);
    await expect.poll(there, { timeout: GONE_WITHIN }).toBe(0);
    expect(await echo(child, 'after')).toBe('after');
    child.stdin?.end();
    expect(await ended).toMatchObject({ code: 0 });
    end();
  });
});

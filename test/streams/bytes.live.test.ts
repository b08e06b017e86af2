/** Byte for byte what the delegate itself says, at sizes and numbers at which buffers and limits show. */
import { randomBytes } from 'node:crypto';
import { describe } from 'vitest';
import { test } from '../journeys/fleet.ts';
import { eventually, proxyThat, succeeded } from '../journeys/steps.ts';
import { begun, hashOf, start } from './pods.ts';

const MB = 1_000_000;

describe('logs', () => {
  test('of 100 MB are the same followed live, and read after the end', async ({ begin, expect }) => {
    const journey = await begin();
    const lines =
      "until [ -e /tmp/go ]; do sleep 0.1; done; yes 'a line of the log of a step that says much, again and again 0123456789' | head -c 100000000; echo; echo end";
    const { proxy, delegate } = await begun(journey, 'talks', `${lines}; until [ -e /tmp/end ]; do sleep 0.2; done`);
    const live = await Promise.all([proxy, delegate].map((view) => start(view, 'logs', ['-f'])));
    await (await start(proxy, 'exec', ['--', 'touch', '/tmp/go'])).ended;
    await eventually(
      'all is said',
      async () => {
        const last = await start(delegate, 'logs', ['--tail=1']);
        return (await last.ended).length === 4 ? true : undefined;
      },
      180_000,
    );
    await (await start(proxy, 'exec', ['--', 'touch', '/tmp/end'])).ended;
    await proxyThat(journey, 'talks', succeeded);
    const [home, away] = await Promise.all(live.map(({ ended }) => ended));
    expect(home).toEqual(away);
    expect(home?.length).toBeGreaterThan(100 * MB);
    const [after, there] = await Promise.all(
      [proxy, delegate].map(async (view) => (await start(view, 'logs', [])).ended),
    );
    expect(after).toEqual(there);
  });
});

describe('exec', () => {
  test('50 at once, each with 10 MB in and out', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'many');
    const bytes = randomBytes(10 * MB);
    const hash = hashOf(bytes);
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { child, ended } = await start(proxy, 'exec', ['-i', '--', 'cat']);
        child.stdin?.end(bytes);
        return ended;
      }),
    );
    for (const one of all) expect(one).toMatchObject({ code: 0, length: bytes.length, hash });
  });

  test('every exit code', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'codes');
    const told: (number | null)[] = [];
    for (let first = 0; first < 256; first += 8) {
      const codes = Array.from({ length: 8 }, (_, i) => first + i);
      const some = codes.map(async (code) => (await start(proxy, 'exec', ['--', 'sh', '-c', `exit ${code}`])).ended);
      told.push(...(await Promise.all(some)).map(({ code }) => code));
    }
    expect(told).toEqual(Array.from({ length: 256 }, (_, code) => code));
  });

  test('a round trip takes at most 20 ms more than to the delegate itself', async ({ begin, expect }) => {
    const { proxy, delegate } = await begun(await begin(), 'echoes');
    const took = { proxy: [] as number[], delegate: [] as number[] };
    const [far, near] = await Promise.all([proxy, delegate].map((view) => start(view, 'exec', ['-i', '--', 'cat'])));
    const trip = async ({ child }: NonNullable<typeof far>) => {
      const before = performance.now();
      const back = new Promise((resolve) => child.stdout?.once('data', resolve));
      child.stdin?.write('ping\n');
      await back;
      return performance.now() - before;
    };
    if (far === undefined || near === undefined) throw new Error('neither was started');
    for (let i = 0; i < 220; i++) {
      took.proxy.push(await trip(far));
      took.delegate.push(await trip(near));
    }
    for (const { child } of [far, near]) child.stdin?.end();
    const median = (all: number[]) => all.slice(20).sort((a, b) => a - b)[100] ?? Number.NaN;
    const figures = { proxyMs: median(took.proxy), delegateMs: median(took.delegate) };
    console.log(`exec round trip: ${JSON.stringify(figures)}`);
    expect(figures.proxyMs - figures.delegateMs).toBeLessThan(20);
  });
});

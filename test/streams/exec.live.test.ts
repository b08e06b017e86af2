/** Exec: many at once, every exit code, and how long a round trip takes. */
import { randomBytes } from 'node:crypto';
import { describe } from 'vitest';
import { test } from '../journeys/fleet.ts';
import { pathTo, WEBSOCKETS } from './kubectls.ts';
import { begun, hashOf, launch, type Started, start, type View, wordsOf } from './pods.ts';

const BYTES = randomBytes(10_000_000);
const TRIPS = 500;
const WARM_UP = 20;
const AT_ONCE = 8;

/** Milliseconds in which a line comes back from `cat`. */
async function trip({ child }: Started): Promise<number> {
  const before = performance.now();
  const back = new Promise((resolve) => child.stdout?.once('data', resolve));
  child.stdin?.write('ping\n');
  await back;
  return performance.now() - before;
}

/** Milliseconds that an exec takes from its command's start to its end. */
async function whole(view: View): Promise<number> {
  const before = performance.now();
  await (await start(view, 'exec', ['--', 'true'])).ended;
  return performance.now() - before;
}

/** The value below which that part of them is, in tenths. */
function quantile(all: readonly number[], part: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return Math.round(10 * (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN)) / 10;
}

const figuresOf = (all: readonly number[]) => ({ p50: quantile(all, 0.5), p99: quantile(all, 0.99) });

describe('exec', () => {
  test('50 at once, each with 10 MB in and out', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'many');
    const path = await pathTo(WEBSOCKETS);
    const before = performance.now();
    // It ends when all has arrived: of what is still on its way at the end, plain pods lose some, too (kubectl 1.34, API server 1.34).
    const command = ['sh', '-c', `head -c ${BYTES.length}; read -r over`];
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => {
        // Behind what it asks: as many processes would take the agents' processor time, and with it their leases.
        const words = [path, ...wordsOf(proxy, 'exec', ['-i', '--', ...command])];
        const { child, ended } = launch('nice', ['-n', '15', ...words], WEBSOCKETS.env);
        let left = BYTES.length;
        child.stdout?.on('data', (chunk: Buffer) => {
          left -= chunk.length;
          if (left === 0) child.stdin?.end('over\n');
        });
        child.stdin?.write(BYTES);
        return ended;
      }),
    );
    for (const one of all) expect(one).toEqual({ code: 0, length: BYTES.length, hash: hashOf(BYTES), stderr: '' });
    console.log(`50 exec with 10 MB both ways: ${Math.round(performance.now() - before)} ms`);
  });

  test('every exit code', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'codes');
    const told: (number | null)[] = [];
    for (let first = 0; first < 256; first += AT_ONCE) {
      const codes = Array.from({ length: AT_ONCE }, (_, i) => first + i);
      const some = codes.map(async (code) => (await start(proxy, 'exec', ['--', 'sh', '-c', `exit ${code}`])).ended);
      told.push(...(await Promise.all(some)).map(({ code }) => code));
    }
    expect(told).toEqual(Array.from({ length: 256 }, (_, code) => code));
  });

  test('a round trip takes at most 20 ms more than to the delegate itself', async ({ begin, expect }) => {
    const { proxy, delegate } = await begun(await begin(), 'echoes');
    const [far, near] = [
      await start(proxy, 'exec', ['-i', '--', 'cat']),
      await start(delegate, 'exec', ['-i', '--', 'cat']),
    ];
    const took = { proxy: [] as number[], delegate: [] as number[] };
    for (let i = 0; i < TRIPS + WARM_UP; i++) {
      took.proxy.push(await trip(far));
      took.delegate.push(await trip(near));
    }
    for (const { child } of [far, near]) child.stdin?.end();
    const trips = {
      proxyMs: figuresOf(took.proxy.slice(WARM_UP)),
      delegateMs: figuresOf(took.delegate.slice(WARM_UP)),
    };
    console.log(`exec round trip: ${JSON.stringify(trips)}`);
    const all = { proxy: [] as number[], delegate: [] as number[] };
    for (let i = 0; i < 20; i++) {
      all.proxy.push(await whole(proxy));
      all.delegate.push(await whole(delegate));
    }
    console.log(
      `exec from start to end: ${JSON.stringify({ proxyMs: figuresOf(all.proxy), delegateMs: figuresOf(all.delegate) })}`,
    );
    expect(trips.proxyMs.p50 - trips.delegateMs.p50).toBeLessThan(20);
  });
});

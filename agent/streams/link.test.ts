import { once } from 'node:events';
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { keepLink } from './link.ts';

interface Setting {
  connects?: () => boolean;
  aliveMs?: number;
  renewMs?: number;
  now?: () => number;
}

/** A relay to which the agent of a target keeps its link. */
function setUp({ connects = () => true, aliveMs = 10_000, renewMs = 600_000, now = () => 0 }: Setting = {}) {
  const ends: Duplex[] = [];
  const served: { source: string; connection: Duplex }[] = [];
  const fetched: string[] = [];
  const log = silentLog();
  const ending = new AbortController();
  const connect = async (path: string) => {
    if (path !== '/v1/link') {
      fetched.push(path);
      if (path.endsWith('lost')) throw new Error('it is gone');
      return new PassThrough();
    }
    if (!connects()) throw new Error('no relay');
    const [near, far] = duplexPair();
    ends.push(far);
    // As connections do that were opened with it.
    ending.signal.addEventListener('abort', () => near.destroy());
    return near;
  };
  const serve = (connection: Duplex, source: string) => void served.push({ connection, source });
  const limits = { aliveMs, renewMs };
  const kept = keepLink({ ...limits, connect, serve, now, random: () => 0, signal: ending.signal, log });
  onTestFinished(async () => {
    ending.abort();
    await kept;
  });
  const link = (nth: number) => vi.waitFor(() => ends[nth] ?? expect.unreachable(), { timeout: 5_000 });
  return { link, ends, served, fetched, log };
}

const announce = (end: Duplex, stream: string, source = 'a') => end.write(`${JSON.stringify({ stream, source })}\n`);

test('fetches each stream that is announced, and serves it as its source', async () => {
  const { link, served, fetched, log } = setUp();
  const end = await link(0);
  end.write('\n');
  announce(end, 'lost');
  announce(end, 's1', 'b');
  await expect.poll(() => served.map(({ source }) => source)).toEqual(['b']);
  expect(fetched).toEqual(['/v1/streams/lost', '/v1/streams/s1']);
  expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('is made anew when it ends, or says what nobody understands', async () => {
  const { link, served } = setUp();
  (await link(0)).end();
  const second = await link(1);
  second.write('{ what\n');
  announce(await link(2), 's1');
  await expect.poll(() => served).toHaveLength(1);
});

test('waits longer each time, also for links that end at once, and says the same once only', async () => {
  let tries = 0;
  const { link, ends, log } = setUp({ connects: () => ++tries > 3 });
  const first = await link(0);
  expect(log.entries.map(({ level }) => level)).toEqual(['warn', 'info']);
  const since = performance.now();
  first.end();
  (await link(1)).end();
  expect(performance.now() - since).toBeGreaterThan(800);
  expect(ends).toHaveLength(2);
  expect(log.entries).toHaveLength(2);
});

test('begins with short waits again after a link that lasted', async () => {
  let tries = 0;
  let time = 0;
  const { link, log } = setUp({ connects: () => ++tries > 3, now: () => time });
  const first = await link(0);
  time = 10_000;
  const since = performance.now();
  first.end();
  await link(1);
  expect(performance.now() - since).toBeLessThan(800);
  expect(log.entries.filter(({ level }) => level === 'info')).toHaveLength(2);
});

test('says that this side is alive, and ends where the other side is silent', async () => {
  const { link } = setUp({ aliveMs: 50 });
  const end = await link(0);
  const [beat] = (await once(end, 'data')) as [Buffer];
  expect(String(beat)).toBe('\n');
  const since = performance.now();
  const beats = setInterval(() => end.write('\n'), 20);
  setTimeout(() => clearInterval(beats), 300);
  await link(1);
  expect(performance.now() - since).toBeGreaterThan(300);
});

test('is made anew time and again, and nothing that was said on the older is lost', async () => {
  const { link, served, log } = setUp({ renewMs: 50 });
  const [older, newer] = [await link(0), await link(1)];
  announce(older, 's1', 'a');
  announce(newer, 's2', 'b');
  await expect.poll(() => served.map(({ source }) => source)).toEqual(['a', 'b']);
  older.end();
  announce(newer, 's3', 'c');
  await expect.poll(() => served).toHaveLength(3);
  expect(log.entries.map(({ message }) => message)).toEqual(['linked to the relay of streams']);
});

test('is kept while another cannot be had', async () => {
  let tries = 0;
  const { link, served, log } = setUp({ renewMs: 50, connects: () => ++tries < 2 });
  const only = await link(0);
  await expect.poll(() => log.entries.map(({ level }) => level)).toEqual(['info', 'warn']);
  announce(only, 's1');
  await expect.poll(() => served).toHaveLength(1);
  expect(log.entries[1]?.message).toMatch(/old one is kept/);
});

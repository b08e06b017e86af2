/** A relay whose port is flooded by connections that say nothing, or not enough. */
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { RELAY } from '../../api/index.ts';
import { floodWhile } from '../flood.ts';
import { type ForkedRelay, forkRelay, streamOver } from './forked.ts';

const CONNECTIONS = 10_000;
/** Milliseconds that an agent may wait for a stream while it goes on. */
const SOON = 10_000;

/** A line there and back; rejects after a while. */
function echo({ near, far }: { near: Duplex; far: Duplex }, line: string): Promise<string> {
  far.once('data', (bytes: Buffer) => far.write(bytes));
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no echo')), SOON);
    near.once('data', (bytes: Buffer) => {
      clearTimeout(late);
      resolve(String(bytes));
    });
    near.write(line);
  });
}

/** As an agent does: again, until it is given one. */
async function dialled(relay: ForkedRelay, link: Duplex): Promise<{ near: Duplex; far: Duplex }> {
  const deadline = performance.now() + SOON;
  for (;;) {
    try {
      return await streamOver(relay, link);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

test('10,000 idle connections: streams go on, new ones are opened, and the idle ones go', async () => {
  using relay = await forkRelay();
  const link = await relay.upgraded('b', RELAY.link);
  const before = await streamOver(relay, link);
  expect(await echo(before, 'before')).toBe('before');
  const idle = await relay.rss();
  const { hostname, port } = new URL(relay.server);
  const { there, end, waits } = await floodWhile({ host: hostname, port: Number(port) }, CONNECTIONS, async () => {
    expect(await echo(before, 'during')).toBe('during');
    const stream = await dialled(relay, link);
    expect(await echo(stream, 'new')).toBe('new');
    stream.near.end();
  });
  const figures = { dials: waits.length, slowestMs: Math.max(...waits), there: there() };
  const moreMB = Math.round(((await relay.rss()) - idle) / 1e6);
  console.log(`relay, ${CONNECTIONS} idle connections: ${JSON.stringify({ ...figures, moreMB })}`);
  expect(figures.there).toBeLessThanOrEqual(1_000);
  expect(waits.length).toBeGreaterThan(0);
  await expect.poll(there, { timeout: SOON }).toBe(0);
  expect(await echo(before, 'after')).toBe('after');
  end();
});

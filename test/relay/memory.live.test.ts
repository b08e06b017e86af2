/** The memory of a relay, whatever goes through it. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RELAY } from '../../api/index.ts';
import { forkRelay, streamOver } from './forked.ts';

const STREAMS = 50;
const MB = 1_048_576;
const CHUNK = Buffer.alloc(MB, 'berth ');
const EACH = 100 * MB;
const LIMIT = 64_000_000;

async function send(to: Duplex): Promise<void> {
  for (let sent = 0; sent < EACH; sent += MB)
    if (!to.write(CHUNK)) await new Promise((resolve) => to.once('drain', resolve));
  to.end();
}

/** At most 4 MB a second. */
async function readSlowly(from: Duplex): Promise<number> {
  let length = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length % (4 * MB) < chunk.length) await delay(1000);
  }
  return length;
}

test('of 50 streams of 100 MB through slow readers, at most 64 MB more than idle', async () => {
  using relay = await forkRelay();
  const link = await relay.upgraded('b', RELAY.link);
  // With an agent, without streams.
  const idle = await relay.rss();
  const pairs: { near: Duplex; far: Duplex }[] = [];
  for (let i = 0; i < STREAMS; i++) pairs.push(await streamOver(relay, link));
  let most = idle;
  let over = false;
  const done = Promise.all(pairs.map(async ({ near, far }) => Promise.all([readSlowly(near), send(far)])));
  void done.finally(() => {
    over = true;
  });
  while (!over) {
    most = Math.max(most, await relay.rss());
    await delay(200);
  }
  for (const [length] of await done) expect(length).toBe(EACH);
  const figures = { idleMB: Math.round(idle / 1e6), moreMB: Math.round((most - idle) / 1e6) };
  console.log(`relay: ${JSON.stringify(figures)}`);
  expect(most - idle).toBeLessThan(LIMIT);
});

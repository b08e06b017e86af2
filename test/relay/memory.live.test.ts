/** The memory of a relay in a process of its own, whatever goes through it. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RELAY } from '../../api/index.ts';
import { RELAY_FLAGS } from '../../deploy/relay/small.ts';
import { createOpener } from '../../kube/index.ts';

const STREAMS = 50;
const MB = 1_048_576;
const CHUNK = Buffer.alloc(MB, 'berth ');
const EACH = 100 * MB;

const answer = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
  });

async function rssOf(child: ChildProcess): Promise<number> {
  const answered = answer<{ rss: number }>(child);
  child.send('rss');
  return (await answered).rss;
}

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
  const child = fork(join(import.meta.dirname, 'main.ts'), { execArgv: RELAY_FLAGS });
  try {
    const { server = '', ca = '' } = await answer<Record<string, string>>(child);
    const { signal } = new AbortController();
    const upgraded = async (cluster: string, path: string): Promise<Duplex> => {
      const headers = async () => ({ authorization: `Bearer t-${cluster}` });
      const open = createOpener({ server, tls: { ca }, headers });
      const opened = await open({
        method: 'GET',
        path,
        headers: { connection: 'Upgrade', upgrade: RELAY.protocol },
        signal,
      });
      if (opened.kind !== 'upgraded') throw new Error(`the relay answered ${opened.status}`);
      return opened.socket;
    };
    const link = await upgraded('b', RELAY.link);
    const idle = await rssOf(child);
    const pairs: { near: Duplex; far: Duplex }[] = [];
    for (let i = 0; i < STREAMS; i++) {
      const heard = new Promise<Buffer>((resolve) => link.once('data', resolve));
      const dialled = upgraded('a', `${RELAY.dial}b`);
      const { stream } = JSON.parse(String(await heard)) as { stream: string };
      const far = await upgraded('b', RELAY.fetch + stream);
      pairs.push({ near: await dialled, far });
    }
    let most = idle;
    const done = Promise.all(pairs.map(async ({ near, far }) => Promise.all([readSlowly(near), send(far)])));
    let over = false;
    void done.finally(() => {
      over = true;
    });
    while (!over) {
      most = Math.max(most, await rssOf(child));
      await delay(200);
    }
    for (const [length] of await done) expect(length).toBe(EACH);
    const figures = { idleMiB: Math.round(idle / MB), moreMiB: Math.round((most - idle) / MB) };
    console.log(`relay: ${JSON.stringify(figures)}`);
    expect(most - idle).toBeLessThan(64 * 1_000_000);
  } finally {
    child.disconnect();
  }
});

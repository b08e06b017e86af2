import { duplexPair, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Exchange, type ExchangeOptions } from './exchange.ts';

const { signal } = new AbortController();

/** An exchange whose streams are called 1, 2, …, with a link of `b` over which `heard` gets lines. */
function setUp(options: Partial<ExchangeOptions> = {}) {
  let id = 0;
  const exchange = new Exchange({ newId: () => String(++id), ...options });
  const links: PassThrough[] = [];
  const link = (target: string) => {
    const heard: string[] = [];
    const duplex = new PassThrough();
    const write = duplex.write.bind(duplex);
    duplex.write = (chunk: string) => {
      heard.push(String(chunk));
      return write('');
    };
    exchange.link(target, duplex);
    links.push(duplex);
    return { duplex, heard };
  };
  onTestFinished(() => {
    for (const duplex of links) duplex.destroy();
  });
  return { exchange, link };
}

it('joins who dials with who fetches', async () => {
  const { exchange, link } = setUp();
  const { heard } = link('b');
  const dialled = exchange.dial('a', 'b', signal);
  expect(heard).toEqual(['{"stream":"1","source":"a"}\n']);
  const connection = new PassThrough();
  expect(exchange.fetch('b', '1', connection)).toBe(true);
  expect((await dialled).connection).toBe(connection);
  expect(exchange.fetch('b', '1', new PassThrough())).toBe(false);
});

it('gives a stream to nobody but its target', async () => {
  const { exchange, link } = setUp({ fetchMs: 50 });
  link('b');
  const dialled = exchange.dial('a', 'b', signal);
  expect(exchange.fetch('c', '1', new PassThrough())).toBe(false);
  expect(exchange.fetch('b', '2', new PassThrough())).toBe(false);
  await expect(dialled).rejects.toMatchObject({ status: 504 });
  expect(exchange.fetch('b', '1', new PassThrough())).toBe(false);
});

it('refuses a target without a link, also after that has closed', async () => {
  const { exchange, link } = setUp();
  await expect(exchange.dial('a', 'b', signal)).rejects.toMatchObject({ status: 503 });
  const { duplex } = link('b');
  duplex.destroy();
  await new Promise((resolve) => duplex.once('close', resolve));
  await expect(exchange.dial('a', 'b', signal)).rejects.toMatchObject({ status: 503 });
});

it('takes the newest link, which the end of the older does not end', async () => {
  const { exchange, link } = setUp();
  const older = link('b');
  const newer = link('b');
  await new Promise((resolve) => older.duplex.once('close', resolve));
  const dialled = exchange.dial('a', 'b', signal);
  expect([older.heard, newer.heard]).toEqual([[], ['{"stream":"1","source":"a"}\n']]);
  exchange.fetch('b', '1', new PassThrough());
  await dialled;
});

it('ends the older link though the agent does not', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { exchange, link } = setUp();
  const [near] = duplexPair();
  exchange.link('b', near);
  link('b');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(near.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(near.destroyed).toBe(true);
});

it('says on the older link what it had begun to say there', async () => {
  const { exchange } = setUp();
  const [near, far] = duplexPair({ highWaterMark: 1 });
  expect(exchange.link('b', near)).toBe(false);
  const dialled = exchange.dial('a', 'b', signal);
  near.write('\n');
  const newer = new PassThrough();
  expect(exchange.link('b', newer)).toBe(true);
  expect(await text(far)).toBe('{"stream":"1","source":"a"}\n\n');
  exchange.fetch('b', '1', new PassThrough());
  await dialled;
  far.destroy();
  newer.destroy();
});

it('counts the streams of a member until they close', async () => {
  const { exchange, link } = setUp({ maxStreams: 1 });
  link('b');
  link('c');
  const first = exchange.dial('a', 'b', signal);
  exchange.fetch('b', '1', new PassThrough());
  const { close } = await first;
  for (const [source, target] of [
    ['a', 'c'],
    ['x', 'b'],
  ] as const)
    await expect(exchange.dial(source, target, signal)).rejects.toMatchObject({ status: 429 });
  close();
  close();
  const second = exchange.dial('a', 'c', signal);
  expect(exchange.fetch('c', '2', new PassThrough())).toBe(true);
  await second;
});

it('forgets who leaves before the stream is fetched', async () => {
  const { exchange, link } = setUp({ maxStreams: 1 });
  link('b');
  for (const id of ['1', '2']) {
    const leaving = new AbortController();
    const dialled = exchange.dial('a', 'b', leaving.signal);
    leaving.abort(new Error('left'));
    await expect(dialled).rejects.toThrow('left');
    expect(exchange.fetch('b', id, new PassThrough())).toBe(false);
  }
  await expect(exchange.dial('a', 'b', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});

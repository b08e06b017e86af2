import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkQueue } from './queue.ts';
import { ManualClock } from './testing/manual-clock.ts';

/** With `random` at 1 a backoff has its full length: 200 ms, 400 ms, … */
function setUp() {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ now: clock.now, random: () => 1, timers: clock.timers }) };
}

const forever = new AbortController().signal;

/** What the queue promises, told with plain maps. */
class Model {
  time = 0;
  readonly ready = new Set<string>();
  readonly wakes = new Map<string, number>();
  readonly retries = new Map<string, number>();
  readonly running = new Map<string, boolean>();
  readonly failures = new Map<string, number>();

  put(key: string) {
    if (this.running.has(key)) this.running.set(key, true);
    else this.ready.add(key);
  }

  advance(ms: number) {
    this.time += ms;
    for (const delayed of [this.wakes, this.retries])
      for (const [key, at] of delayed) {
        if (at > this.time) continue;
        delayed.delete(key);
        this.put(key);
      }
  }

  done(key: string) {
    const dirty = this.running.get(key);
    this.running.delete(key);
    if (dirty) this.ready.add(key);
  }

  retry(key: string) {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    const at = this.time + Math.min(30_000, 200 * 2 ** failures);
    this.retries.set(key, Math.min(at, this.retries.get(key) ?? at));
  }
}

test('no key is lost, doubled or run twice at once', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.record({
    what: fc.constantFrom('add', 'addAfter', 'retry', 'take', 'take', 'done', 'forget', 'advance'),
    key,
    ms: fc.integer({ min: 1, max: 500 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { clock, queue } = setUp();
      const model = new Model();
      const take = async () => {
        const taken = await queue.take(forever);
        expect(model.ready.delete(taken)).toBe(true);
        expect(model.running.has(taken)).toBe(false);
        model.running.set(taken, false);
        model.retries.delete(taken);
      };
      const act: Record<string, (key: string, ms: number) => unknown> = {
        add: (key) => [queue.add(key), model.put(key)],
        addAfter: (key, ms) => [
          queue.addAfter(key, ms),
          model.wakes.set(key, Math.min(model.time + ms, model.wakes.get(key) ?? Infinity)),
        ],
        retry: (key) => [queue.retry(key), model.retry(key)],
        take: () => (model.ready.size > 0 ? take() : undefined),
        done: (key) => model.running.has(key) && [queue.done(key), model.done(key)],
        forget: (key) => [queue.forget(key), model.failures.delete(key), model.retries.delete(key)],
        advance: (_, ms) => [clock.advance(ms), model.advance(ms)],
      };
      for (const { what, key, ms } of steps) {
        await act[what]?.(key, ms);
        expect(queue.busy).toBe(model.ready.size + model.running.size);
      }
    }),
    { numRuns: 500 },
  );
});

test('a waiting taker gets a key as soon as it is due, and one timer serves all', async () => {
  const { clock, queue } = setUp();
  queue.addAfter('late', 5000);
  queue.addAfter('early', 1000);
  queue.addAfter('late', 9000);
  expect(clock.armed).toBe(1);
  const taken: string[] = [];
  void queue.take(forever).then((key) => taken.push(key));
  void queue.take(forever).then((key) => taken.push(key));
  clock.advance(999);
  await Promise.resolve();
  expect(taken).toEqual([]);
  clock.advance(1);
  await Promise.resolve();
  expect(taken).toEqual(['early']);
  clock.advance(4000);
  await Promise.resolve();
  expect(taken).toEqual(['early', 'late']);
  expect(clock.armed).toBe(0);
});

test('retries come behind fresh keys, but one place of five is theirs', async () => {
  const { clock, queue } = setUp();
  queue.retry('x');
  queue.retry('y');
  clock.advance(200);
  for (let i = 0; i < 10; i++) queue.add(`f${i}`);
  const order: string[] = [];
  for (let i = 0; i < 12; i++) order.push(await queue.take(forever));
  expect(order.indexOf('x')).toBe(4);
  expect(order.indexOf('y')).toBe(9);
});

test('waits double with every failure and start anew after a success', async () => {
  const { clock, queue } = setUp();
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    queue.retry('a');
    const start = clock.now();
    while (queue.busy === 0) clock.advance(100);
    waits.push(clock.now() - start);
    queue.done(await queue.take(forever));
  }
  expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
  queue.forget('a');
  queue.retry('a', { baseMs: 25 });
  clock.advance(25);
  expect(queue.busy).toBe(1);
});

test('a server that asks for more patience gets it', () => {
  const { clock, queue } = setUp();
  queue.retry('a', { atLeastMs: 7000 });
  clock.advance(6999);
  expect(queue.busy).toBe(0);
  clock.advance(1);
  expect(queue.busy).toBe(1);
});

test('a taker that gives up takes no key with it', async () => {
  const { queue } = setUp();
  const gone = new AbortController();
  const taken = queue.take(gone.signal);
  gone.abort(new Error('stop'));
  await expect(taken).rejects.toThrow('stop');
  queue.add('a');
  expect(await queue.take(forever)).toBe('a');
});

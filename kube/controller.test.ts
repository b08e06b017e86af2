import { expect, onTestFinished, test, vi } from 'vitest';
import { type Controller, type ControllerOptions, startController } from './controller.ts';
import { ApiError } from './errors.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { silentLog } from './testing/silent-log.ts';

function setUp(reconcile: ControllerOptions['reconcile'], workers = 2) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const log = silentLog();
  const { now, timers } = clock;
  const options = { name: 'test', workers, reconcile, signal: stop.signal, log, now, timers };
  const controller: Controller = startController({ ...options, random: () => 1 });
  onTestFinished(async () => {
    stop.abort();
    await controller.stopped;
  });
  const idle = () => vi.waitFor(() => expect(controller.idle()).toBe(true), { interval: 1 });
  return { clock, controller, log, stop, idle };
}

test('keys run at once up to the number of workers, each key alone', async () => {
  const gates: (() => void)[] = [];
  const running: string[] = [];
  const { controller, idle } = setUp(async (key) => {
    running.push(key);
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  for (const key of ['a', 'b', 'c']) controller.enqueue(key);
  await vi.waitFor(() => expect(running).toEqual(['a', 'b']));
  controller.enqueue('a');
  gates.shift()?.();
  await vi.waitFor(() => expect(running).toEqual(['a', 'b', 'c']));
  gates.shift()?.();
  await vi.waitFor(() => expect(running).toEqual(['a', 'b', 'c', 'a']));
  for (const open of gates.splice(0)) open();
  await idle();
});

test('a key comes again at the time that its reconcile names', async () => {
  let runs = 0;
  const { clock, controller, idle } = setUp(async () => {
    runs++;
    return runs === 1 ? { wakeAfterMs: 1000 } : undefined;
  });
  controller.enqueue('a');
  await idle();
  clock.advance(999);
  await idle();
  expect(runs).toBe(1);
  clock.advance(1);
  await idle();
  expect(runs).toBe(2);
  expect(clock.armed).toBe(0);
});

test('a failure costs later retries of that key and one line of the log', async () => {
  let failures = 3;
  const runs: string[] = [];
  const { clock, controller, log, idle } = setUp(async (key) => {
    runs.push(key);
    if (key === 'bad' && failures-- > 0) throw new ApiError(500, { message: `at version ${failures}` });
  });
  controller.enqueue('bad');
  controller.enqueue('good');
  await idle();
  expect(runs.sort()).toEqual(['bad', 'good']);
  for (const wait of [200, 400, 800]) {
    clock.advance(wait);
    await idle();
  }
  expect(runs.filter((key) => key === 'bad')).toHaveLength(4);
  expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
  expect(clock.armed).toBe(0);
});

test('conflicts are retried soon and without noise; a server that asks for time gets it', async () => {
  const errors = [new ApiError(409, { reason: 'Conflict' }), new ApiError(429, {}, { retryAfterSeconds: 9 })];
  let runs = 0;
  const { clock, controller, log, idle } = setUp(async () => {
    runs++;
    const error = errors.shift();
    if (error !== undefined) throw error;
  });
  controller.enqueue('a');
  await idle();
  expect(log.entries.map(({ level }) => level)).toEqual(['debug']);
  clock.advance(25);
  await idle();
  expect(runs).toBe(2);
  clock.advance(8999);
  await idle();
  expect(runs).toBe(2);
  clock.advance(1);
  await idle();
  expect(runs).toBe(3);
});

test('stops with its signal, after the runs that are under way', async () => {
  let ended = false;
  const { controller, stop } = setUp(async (_, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await new Promise(setImmediate);
    ended = true;
  });
  controller.enqueue('a');
  await new Promise(setImmediate);
  stop.abort();
  await controller.stopped;
  expect(ended).toBe(true);
});

test('once stopped, no timer is left that would keep the process alive', async () => {
  const { clock, controller, stop, idle } = setUp(async () => ({ wakeAfterMs: 60_000 }));
  controller.enqueue('a');
  await idle();
  expect(clock.armed).toBe(1);
  stop.abort();
  await controller.stopped;
  controller.enqueueAfter('b', 1000);
  expect(clock.armed).toBe(0);
});

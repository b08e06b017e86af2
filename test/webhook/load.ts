/** The webhook's server under load and under attack: latency, answers, memory. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../deploy/node-flags.mjs';
import { percentile } from '../bench/statistics.ts';
import { readEnv } from '../cluster/env.ts';
import { atRate, call, keepAlive, type Target } from './client.ts';
import type { Check } from './report.ts';
import { type Case, goodReview, HOSTILE } from './reviews.ts';
import { startSlowClients } from './slow.ts';

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url));

const RATE = 200;
const SECONDS = 30;
/** Until the heap has the size that it keeps. */
const WARM_UP_SECONDS = 45;
/** Of so many reviews one is hostile. */
const HOSTILE_EVERY = 10;
const SLOW = { 'slow headers': 25, 'slow body': 25, silent: 50, 'no TLS': 10 };

interface Server extends AsyncDisposable {
  target: Target;
  /** Milliseconds that its main thread has waited for a processor. */
  waitedMs: () => Promise<number>;
  /** Resident memory right after a full garbage collection, in MiB. */
  rss: () => Promise<number>;
}

async function startServer(): Promise<Server> {
  const child = fork(SERVE, { execArgv: [...NODE_FLAGS, '--expose-gc'], env: readEnv().processEnv });
  const [target] = (await once(child, 'message')) as [Target];
  return {
    target,
    waitedMs: async () => Number((await readFile(`/proc/${child.pid}/schedstat`, 'utf8')).split(' ')[1]) / 1e6,
    rss: async () => {
      child.send('collect');
      await once(child, 'message');
      return rssMiB(await readFile(`/proc/${child.pid}/status`, 'utf8'));
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const rssMiB = (status: string): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;

/** One at a time, a pod of 100 KB. */
async function single(target: Target): Promise<Check[]> {
  const agent = keepAlive();
  const took: number[] = [];
  let wrong = 0;
  for (let index = 0; index < 600; index++) {
    const { call: sent, isRight } = goodReview(index, 100);
    const begin = performance.now();
    const answer = await call(target, sent, agent);
    // The first ones warm the compiler up.
    if (index >= 100) took.push(performance.now() - begin);
    if (!isRight(answer)) wrong++;
  }
  agent.destroy();
  const [p50, p99] = [percentile(took, 50), percentile(took, 99)];
  return [
    { what: 'a 100 KB pod, one at a time: wrong answers', value: wrong, limit: 0 },
    { what: `a 100 KB pod, one at a time: p99 in ms (p50 ${p50.toFixed(1)})`, value: p99, limit: 5 },
  ];
}

/** So many reviews a second, one of ten hostile; latency of the good ones only, from when they were due. */
async function mixed(target: Target, seconds: number): Promise<{ took: number[]; wrong: string[] }> {
  const agent = keepAlive();
  const took: number[] = [];
  const wrong: string[] = [];
  await atRate(RATE, seconds, async (index) => {
    const due = performance.now();
    const { name, call: sent, isRight } = pick(index);
    const answer = await call(target, sent, agent);
    if (name === 'good') took.push(performance.now() - due);
    if (!isRight(answer)) wrong.push(`${name}: ${answer.status} ${answer.text.slice(0, 200)}`);
  });
  agent.destroy();
  return { took, wrong };
}

function pick(index: number): Case {
  const hostile = HOSTILE[(index / HOSTILE_EVERY) % HOSTILE.length];
  return hostile ?? goodReview(index, 2);
}

/** What the figures of the server are, on this machine. */
export async function measureLoad(): Promise<Check[]> {
  await using server = await startServer();
  const checks = await single(server.target);
  await mixed(server.target, WARM_UP_SECONDS);
  const before = await server.rss();
  using slow = startSlowClients(server.target, SLOW);
  const waitedBefore = await server.waitedMs();
  const { took, wrong } = await mixed(server.target, SECONDS);
  // A machine with other work makes everybody wait.
  const waited = ((await server.waitedMs()) - waitedBefore) / (SECONDS * 10);
  const { open, cutOff } = slow;
  slow[Symbol.dispose]();
  const after = await server.rss();
  for (const answer of wrong.slice(0, 10)) console.error(`wrong: ${answer}`);
  const under = `${RATE}/s, a tenth hostile, ${open} slow or silent clients (${cutOff} cut off)`;
  return [
    ...checks,
    { what: `${under}: wrong answers of ${RATE * SECONDS}`, value: wrong.length, limit: 0 },
    {
      what: `the same: p99 in ms (p50 ${percentile(took, 50).toFixed(1)}; the server waited for a processor ${waited.toFixed(1)} % of the time)`,
      value: percentile(took, 99),
      limit: 50,
    },
    {
      what: `the same: MiB more after it (VmRSS after a full collection, ${before.toFixed(0)} before)`,
      value: after - before,
      limit: 20,
    },
  ];
}

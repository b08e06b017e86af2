/** The webhook's server under load and under attack: latency, answers, memory. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NODE_FLAGS } from '../../deploy/node-flags.mjs';
import { percentile } from '../bench/statistics.ts';
import { readEnv } from '../cluster/env.ts';
import { atRate, call, keepAlive, type Target } from './client.ts';
import type { Check } from './report.ts';
import { type Case, goodReview, HOSTILE } from './reviews.ts';
import { startSlowClients } from './slow.ts';

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url));

/** The first ones warm the compiler up. */
const SINGLE = { warmUp: 500, measured: 2_000 };
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

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (o: { type: 'minor' }) => void;
const collectYoung = () => gc({ type: 'minor' });

async function startServer(): Promise<Server> {
  const child = fork(SERVE, { execArgv: [...NODE_FLAGS, '--expose-gc'], env: readEnv().processEnv });
  const [target] = (await once(child, 'message')) as [Target];
  return {
    target,
    waitedMs: () => waitedForProcessor(child.pid),
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

/** Milliseconds that the main thread of a process could have run and another ran. */
async function waitedForProcessor(pid: number | undefined): Promise<number> {
  return Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[1]) / 1e6;
}

const rssMiB = (status: string): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;

/** One at a time, a pod of 100 KB. What others on a small machine take from the two of us is told apart. */
async function single({ target, waitedMs }: Server): Promise<Check[]> {
  const agent = keepAlive();
  const took: number[] = [];
  const ran: number[] = [];
  const waited = async () => (await waitedMs()) + (await waitedForProcessor(process.pid));
  let wrong = 0;
  for (let index = 0; index < SINGLE.warmUp + SINGLE.measured; index++) {
    const { call: sent, isRight } = goodReview(index, 100);
    const body = Buffer.from(sent.body);
    // What it cost us to make the review is not the webhook's.
    collectYoung();
    const before = await waited();
    const begin = performance.now();
    const answer = await call(target, { body }, agent);
    const ms = performance.now() - begin;
    if (index >= SINGLE.warmUp) {
      took.push(ms);
      ran.push(ms - (await waited()) + before);
    }
    if (!isRight(answer)) wrong++;
  }
  agent.destroy();
  return [
    { what: 'a 100 KB pod, one at a time: wrong answers', value: wrong, limit: 0 },
    {
      what: `the same: p99 in ms without waits for a processor (p50 ${percentile(ran, 50).toFixed(1)}; with them ${percentile(took, 99).toFixed(1)} and ${percentile(took, 50).toFixed(1)})`,
      value: percentile(ran, 99),
      limit: 5,
    },
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
  const checks = await single(server);
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

/**
 * `npm run faults -- [--minutes N] [--seed N] [--json]`: users' pods on two real API servers while components are killed,
 * frozen, cut off and told errors; then everything heals, and every pod is asked about.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Census } from '../census.ts';
import { type Ground, prepareGround } from '../ground.ts';
import { countLeft } from '../left.ts';
import { runSuite } from '../suite.ts';
import { breakThings } from './breaker.ts';
import { judge } from './judge.ts';
import { seeded } from './random.ts';
import { liveOn } from './users.ts';

const LEASE_SECONDS = 4;
/** From the last fault on: two leases, two periods of retries, and the 30 s after which a node's absence is told. */
const HEALING_MS = 150_000;
const CLEAN_UP_MS = 60_000;
/** At the end of the time, that without deaths. */
const CALM_SHARE = 0.25;
const LIMIT = 80 * 60_000;

type Options = { minutes: number; seed: number; berth?: string };

const log = (line: string) => console.error(line);

async function run(o: Options, ground: Ground, asked: AbortSignal) {
  const startedAt = performance.now();
  const until = (ms: number) => AbortSignal.any([asked, AbortSignal.timeout(Math.round(ms))]);
  const census = await Census.take(ground, asked);
  const closing = until(o.minutes * 60_000);
  const timeline = join(ground.folder, 'faults.log');
  const note = (line: string) => appendFileSync(timeline, `${new Date().toISOString()} ${line}\n`);
  const calm = until(o.minutes * (1 - CALM_SHARE) * 60_000);
  const breaking = breakThings({ parts: ground.parts, random: seeded(o.seed), calm, signal: closing, log: note });
  const signal = until(o.minutes * 60_000 + HEALING_MS);
  const users = liveOn({ ...ground, census, random: seeded(o.seed + 1), closing, signal });
  const faults = await breaking;
  log(`${faults} faults; everything heals now`);
  const lives = await users;
  const verdict = judge(lives, census.delegates);
  const left = await countLeft(ground, until(CLEAN_UP_MS));
  for (const [what, names] of Object.entries({ ...verdict, left })) for (const name of names) log(`${what}: ${name}`);
  return {
    seconds: Math.round((performance.now() - startedAt) / 1000),
    pods: lives.length,
    faults,
    lost: verdict.lost.length,
    duplicated: verdict.duplicated.length,
    stuck: verdict.stuck.length,
    leaked: left.length,
  };
}

async function main(signal: AbortSignal): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean' },
      berth: { type: 'string' },
    },
  });
  const o: Options = {
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    ...(values.berth !== undefined && { berth: values.berth }),
  };
  log(`seed ${o.seed}, ${o.minutes} min`);
  await using ground = await prepareGround({ ...o, leaseSeconds: LEASE_SECONDS, log, signal });
  const result = await run(o, ground, signal);
  const good = result.lost + result.duplicated + result.stuck + result.leaked === 0;
  if (!good) {
    ground.keepFolder();
    log(`logs and the order of faults are in ${ground.folder}`);
  }
  console.log(
    values.json === true
      ? JSON.stringify(result)
      : Object.entries(result)
          .map((entry) => entry.join(' '))
          .join('\n'),
  );
  return good;
}

await runSuite(LIMIT, main);

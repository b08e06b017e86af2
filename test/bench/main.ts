/** `npm run bench -- [--quick] [--json]`: what Berth costs, on a source (which is the hub) and a target, simulated nodes. */
import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { burstNames, runCeiling, runElected } from './burst.ts';
import { costOf } from './cost.ts';
import { type Ground, prepareGround } from './ground.ts';
import { peakRssMiB } from './host.ts';
import { idleNames, runIdle } from './idle.ts';
import { describe, figures, type Results, type Round } from './report.ts';

const USAGE = `usage: node test/bench/main.ts [--quick] [--json]

One source, which is also the hub, and one target, both with simulated nodes; berth up in a process of its own.
--quick: one burst in place of three.  --json: the last line is one object with the figures.`;

const WARM_UP_PAIRS = 5;
const PAIRS = 50;
const BURST = 500;
const LIMIT = 15 * 60_000;

const log = (line: string) => console.error(line);

async function measure(ground: Ground, rounds: number, signal: AbortSignal): Promise<Results> {
  const begin = Date.now();
  log('warming up');
  await runPairs(ground, WARM_UP_PAIRS, 'warm', signal);
  log(`${PAIRS} pairs of a plain and an elected pod, one at a time`);
  const { idle, cost: idleCost } = await runPairs(ground, PAIRS, 'idle', signal);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    log(`burst ${round + 1} of ${rounds}: ${BURST} pods`);
    results.push(await runRound(ground, round, signal));
  }
  const [rssMiB, writes] = await Promise.all([peakRssMiB(ground.berth.pid), ground.writes(begin)]);
  return { idle, idleCost, rounds: results, rssMiB, writes };
}

async function runPairs(ground: Ground, pairs: number, prefix: string, signal: AbortSignal) {
  const names = idleNames(pairs, prefix);
  const run = Promise.withResolvers<Results['idle']>();
  const work = async () => run.resolve(await runIdle(ground, names, signal));
  const elected = names.map((pair) => pair.elected);
  const cost = await costOf(ground, elected, work, signal);
  return { idle: await run.promise, cost };
}

async function runRound(ground: Ground, round: number, signal: AbortSignal): Promise<Round> {
  const names = burstNames(BURST, `burst-${round}`);
  const ceiling = (when: string) => runCeiling(ground, burstNames(BURST, `ceiling-${when}-${round}`), signal);
  const before = await ceiling('before');
  const run = Promise.withResolvers<Round['elected']>();
  const cost = await costOf(ground, names, async () => run.resolve(await runElected(ground, names, signal)), signal);
  return { elected: await run.promise, cost, ceilings: [before, await ceiling('after')] };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help === true) return console.log(USAGE);
  const stop = new AbortController();
  // A second Ctrl-C ends us at once; clusters and Berth are then ended behind us.
  for (const by of ['SIGINT', 'SIGTERM'] as const) process.once(by, () => stop.abort(new Error(`ended by ${by}`)));
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT)]);
  // Every pod that is waited for listens to it.
  setMaxListeners(0, signal);
  await using ground = await prepareGround(log, signal);
  const forgetLog = () => rm(ground.berth.logFile);
  const results = await measure(ground, values.quick === true ? 1 : 3, signal).catch(async (error: unknown) => {
    // Only after a failure somebody will want to read it.
    if (stop.signal.aborted) await forgetLog();
    throw error;
  });
  await forgetLog();
  console.log(`${describe(results)}\n`);
  if (values.json === true) console.log(JSON.stringify(figures(results)));
}

/** What ended the run, rather than what then went wrong in clearing up. */
function explain(error: unknown): string {
  if (error instanceof SuppressedError) return `${explain(error.suppressed)}; then ${explain(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  log(`bench: ${explain(error)}`);
  process.exitCode = 1;
}

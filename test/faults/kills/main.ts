/**
 * `npm run test:long -- kills`: for each write of the budget the process that sends it is killed, once before it is sent
 * and once after it took effect but before its answer. Two of each component, of which one works.
 */
import { table } from '../../../cli/table.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { Part } from '../../part.ts';
import { Census } from '../census.ts';
import { prepareGround } from '../ground.ts';
import { runSuite } from '../suite.ts';
import { Scene } from './scene.ts';
import { BUDGET, type BudgetWrite } from './writes.ts';

const LEASE_SECONDS = 3;
const LIMIT = 20 * 60_000;
/** A standby takes over within the lease's duration and two of its pauses. */
const SEEN_WITHIN = 30_000;

type Moment = 'before' | 'after';
type Outcome = { write: string; moment: Moment; killed: string; seconds: number; delegates: number; verdict: string };

/** Resolves to the part whose request a rule struck first; for `after`, when the write has taken effect. */
async function struck(parts: readonly Part[], { match }: BudgetWrite, moment: Moment): Promise<Part> {
  const fault = { kind: moment === 'before' ? 'hold' : 'hold-after' } as const;
  const rules = parts.flatMap((part) =>
    part.proxies.map((proxy) => ({ part, handle: proxy.rule({ match, times: 1, fault }) })),
  );
  try {
    return await Promise.any(
      rules.map(async ({ part, handle }) => {
        const request = await handle.seen(SEEN_WITHIN);
        const answered = () => request.status !== undefined;
        if (moment === 'after')
          await waitUntil(answered, { what: 'the write took effect', timeout: 5_000, interval: 5 });
        return part;
      }),
    );
  } finally {
    // What is held stays so: it must not take effect after its sender's death.
    for (const { handle } of rules) handle.remove();
  }
}

async function runCase(scene: Scene, parts: readonly Part[], write: BudgetWrite, moment: Moment): Promise<Outcome> {
  const name = `${write.name.replaceAll(' ', '-')}-${moment}`;
  const own = parts.filter(({ role }) => role === write.role);
  const struckWhileLiving = write.cleanUp ? undefined : struck(own, write, moment);
  const uid = await scene.create(name, '1s');
  let part = await struckWhileLiving;
  const startedAt = performance.now();
  const restart = async () => {
    await part?.kill();
    part?.start();
  };
  if (part !== undefined) await restart();
  const truthful = await scene.endsTruly(uid);
  const struckAfterwards = write.cleanUp ? struck(own, write, moment) : undefined;
  await scene.delete(name);
  part ??= await struckAfterwards;
  if (struckAfterwards !== undefined) await restart();
  await scene.forgotten();
  const delegates = scene.delegates(uid);
  const verdict = truthful && delegates === 1 ? 'good' : truthful ? 'DUPLICATE' : 'UNTRUE';
  const seconds = (performance.now() - startedAt) / 1000;
  return { write: write.name, moment, killed: part?.name ?? '', seconds, delegates, verdict };
}

async function main(signal: AbortSignal): Promise<boolean> {
  await using ground = await prepareGround({ leaseSeconds: LEASE_SECONDS, log: console.error, signal });
  const { parts, folder } = ground;
  const scene = new Scene(ground, await Census.take(ground, signal), signal);
  console.error('one pod with nobody killed');
  const first = await scene.create('nobody-killed', '1s');
  if (!(await scene.endsTruly(first))) throw new Error('not even a pod with nobody killed ends as its delegate');
  await scene.delete('nobody-killed');
  await scene.forgotten();
  const outcomes: Outcome[] = [];
  for (const write of BUDGET) {
    for (const moment of ['before', 'after'] as const) {
      const outcome = await runCase(scene, parts, write, moment);
      console.error(`${outcome.write}, ${outcome.moment}: ${outcome.verdict} after ${outcome.seconds.toFixed(1)} s`);
      outcomes.push(outcome);
    }
  }
  const rows = outcomes.map((o) => [o.write, o.moment, o.killed, o.seconds.toFixed(1), String(o.delegates), o.verdict]);
  console.log(table(['WRITE', 'KILLED', 'WHO', 'SECONDS', 'DELEGATES', 'END'], rows));
  const good = outcomes.filter(({ verdict }) => verdict === 'good').length;
  console.log(`${good} passed, ${outcomes.length - good} failed`);
  if (good === outcomes.length) return true;
  ground.keepFolder();
  console.log(`logs are in ${folder}`);
  return false;
}

await runSuite(LIMIT, main);

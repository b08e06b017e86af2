import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanUp, cleanUpLeftOvers } from './clean-up.ts';
import { readEnv } from './env.ts';
import { startFleet } from './fleet.ts';
import { readState } from './state.ts';

const USAGE = `usage: node test/cluster/main.ts up NAME… [--nodes auto|kubelet|simulated] [--cpu 700m] [--keep]
       node test/cluster/main.ts down [NAME…]

up starts clusters, prints the paths of their kubeconfigs, and stops them at Ctrl-C; --keep leaves them running.
down stops the kept ones of these names, or all of them.`;

const NODES = ['auto', 'kubelet', 'simulated'] as const;
const log = (line: string) => console.error(line);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { nodes: { type: 'string', default: 'auto' }, cpu: { type: 'string' }, keep: { type: 'boolean' } },
});
const [command, ...names] = positionals;

const stopped = new AbortController();

if (command === 'up' && names.length > 0) await up().catch(unlessStopped);
else if (command === 'down') await down();
else {
  log(USAGE);
  process.exitCode = 2;
}

async function up(): Promise<void> {
  const nodes = NODES.find((kind) => kind === values.nodes);
  if (nodes === undefined) throw new Error(`--nodes is one of ${NODES.join(', ')}`);
  const keep = values.keep === true;
  // A second Ctrl-C ends us at once; the clusters are then ended behind us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const members = names.map((name) => ({ name, ...(values.cpu !== undefined && { cpu: values.cpu }) }));
  const fleet = await startFleet({ members, nodes, log, keep, signal: stopped.signal });
  for (const { kubeconfig } of fleet.clusters) console.log(kubeconfig);
  if (keep) return;
  log('running; Ctrl-C stops them');
  const forever = setInterval(() => undefined, 60_000);
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
  clearInterval(forever);
  await fleet.stop();
}

/** Being stopped while starting is no failure of ours. */
function unlessStopped(error: unknown): void {
  if (!stopped.signal.aborted) throw error;
  log('stopped');
  process.exitCode = 130;
}

async function down(): Promise<void> {
  const { stateRoot } = readEnv();
  await cleanUpLeftOvers(stateRoot, log);
  const kept = (existsSync(stateRoot) ? await readdir(stateRoot) : []).filter(
    (name) => readState(join(stateRoot, name))?.keep === true && (names.length === 0 || names.includes(name)),
  );
  for (const name of kept) {
    await cleanUp(join(stateRoot, name));
    log(`${name} is down`);
  }
}

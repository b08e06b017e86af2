/** `npm run test:long -- webhook [cluster] [load]`: the webhook under load, attack, restarts and rotation, with its figures. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFleet } from '../cluster/fleet.ts';
import { installWebhook, measureRotation } from './cluster.ts';
import { measureLoad } from './load.ts';
import { type Check, report } from './report.ts';
import { measureRestarts } from './restarts.ts';

const LIMIT_MS = 10 * 60_000;

async function onCluster(signal: AbortSignal): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-webhook-'));
  try {
    const members = [{ name: 'webhook', simulated: [] }];
    await using fleet = await startFleet({ members, nodes: 'simulated', log: console.error, signal });
    await using ground = await installWebhook(fleet.cluster('webhook').kubeconfig, folder, signal);
    return [...(await measureRestarts(ground)), ...(await measureRotation(ground, signal))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const stop = new AbortController();
for (const by of ['SIGINT', 'SIGTERM'] as const) process.once(by, () => stop.abort(new Error(`ended by ${by}`)));
const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)]);
/** Both unless one is named. */
const PARTS: Readonly<Record<string, () => Promise<Check[]>>> = { cluster: () => onCluster(signal), load: measureLoad };
const wanted = process.argv.slice(2);
const checks: Check[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) checks.push(...(await measure()));
}
const { text, good } = report(checks);
console.log(text);
process.exitCode = good ? 0 : 1;

/**
 * `npm run test:long -- outages`: a member that falls silent, and a hub that is away for two minutes. What runs goes on,
 * nobody else is delayed, and all is told.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ANNOTATION, type Cluster, type Node, type Pod } from '../../../api/index.ts';
import { table } from '../../../cli/table.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { Part } from '../../part.ts';
import { Census } from '../census.ts';
import { electedPod, type Ground, prepareGround } from '../ground.ts';
import { runSuite } from '../suite.ts';

const LEASE_SECONDS = 3;
const HUB_AWAY_MS = 120_000;
const LIMIT = 15 * 60_000;

type Check = { what: string; seconds: number; limit: number };

class Outages {
  readonly checks: Check[] = [];
  readonly #ground: Ground;
  readonly #census: Census;
  readonly #signal: AbortSignal;

  constructor(ground: Ground, census: Census, signal: AbortSignal) {
    this.#ground = ground;
    this.#census = census;
    this.#signal = signal;
  }

  /** Notes how long it takes until `check` holds; fails after twice the limit. */
  async within(what: string, limit: number, check: () => Promise<boolean> | boolean): Promise<void> {
    const startedAt = performance.now();
    await waitUntil(check, { what, timeout: limit * 2_000, interval: 50, signal: this.#signal });
    const seconds = (performance.now() - startedAt) / 1000;
    console.error(`${what}: ${seconds.toFixed(1)} s`);
    this.checks.push({ what, seconds, limit });
  }

  async create(name: string, seconds: number, cluster = 'target'): Promise<string> {
    const pod = electedPod(name, `${seconds}s`);
    Object.assign(pod.metadata.annotations ?? {}, { [ANNOTATION.clusterName]: cluster });
    const created = await this.#ground.source.create<Pod>('pods', pod, { signal: this.#signal });
    return created.metadata.uid ?? '';
  }

  phase = (uid: string): string | undefined => this.#census.proxy(uid)?.status?.phase;

  isReady = (uid: string): boolean =>
    this.#census.proxy(uid)?.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

  hasOneDelegate = (uid: string): boolean => this.#census.delegates.get(uid)?.length === 1;

  async nodeReady(): Promise<string | undefined> {
    const node = await this.#ground.source.get<Node>('nodes', 'berth-target', { signal: this.#signal });
    return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  }

  async memberReady(): Promise<string | undefined> {
    const cluster = await this.#ground.source.get<Cluster>('clusters', 'target', { signal: this.#signal });
    return cluster.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  }

  /** The longest that one of ten pods of another member takes to run. */
  async others(when: string): Promise<void> {
    for (let i = 0; i < 10; i++) {
      const uid = await this.create(`other-${when.replaceAll(' ', '-')}-${i}`, 1, 'source');
      await this.within(`${when}: another member's pod ${i + 1} runs`, 2, () => this.phase(uid) === 'Running');
    }
  }
}

async function silentMember(o: Outages, parts: readonly Part[]): Promise<void> {
  const agents = parts.filter(({ role }) => role === 'agent-target');
  const uid = await o.create('kept', 90);
  await o.within('a pod runs in the target', 30, () => o.isReady(uid));
  await Promise.all(agents.map((agent) => agent.kill()));
  const silence = Promise.all([
    o.within('silent member known', 45, async () => (await o.memberReady()) === 'False'),
    o.within('its virtual node is NotReady', 45, async () => (await o.nodeReady()) === 'False'),
  ]);
  await o.others('member silent');
  await silence;
  const late = await o.create('late', 1);
  await delay(5_000, undefined);
  await o.within(
    'its pod is kept, a new one waits',
    1,
    () => o.phase(uid) === 'Running' && o.phase(late) === 'Pending',
  );
  for (const agent of agents) agent.start();
  await o.within('it is back', 15, async () => (await o.memberReady()) === 'True' && (await o.nodeReady()) === 'True');
  await o.within('its pod is Ready again', 15, () => o.isReady(uid));
  await o.within('both ended', 60, () => [uid, late].every((pod) => o.phase(pod) === 'Succeeded'));
  await o.within('with one delegate each', 1, () => [uid, late].every(o.hasOneDelegate));
}

async function hubAway(o: Outages, parts: readonly Part[]): Promise<void> {
  const ends = await o.create('ends-meanwhile', 20);
  const stays = await o.create('stays', HUB_AWAY_MS / 1000 + 20);
  await o.within('two pods run in the target', 30, () => o.phase(ends) === 'Running' && o.phase(stays) === 'Running');
  const hubs = parts.flatMap(({ role, proxies }) => (role === 'scheduler' ? proxies : proxies.slice(1)));
  const rules = hubs.map((proxy) => proxy.rule({ match: () => true, fault: { kind: 'drop-before' } }));
  // Watches that are open break too.
  const cuts = hubs.map((proxy) => proxy.rule({ match: () => true, fault: { kind: 'cut', how: 'reset' } }));
  const waits = await o.create('waits', 1);
  await delay(HUB_AWAY_MS);
  await o.within(
    'hub away for 2 min: all is as it was',
    1,
    () => [ends, stays].every((pod) => o.phase(pod) === 'Running') && o.phase(waits) === 'Pending',
  );
  for (const rule of [...rules, ...cuts]) rule.release();
  await o.within('hub back: what ended meanwhile is told', 30, () => o.phase(ends) === 'Succeeded');
  await o.within('hub back: what waited has run', 30, () => o.phase(waits) === 'Succeeded');
  await o.within('hub back: what runs ends', 60, () => o.phase(stays) === 'Succeeded');
  await o.within('all with one delegate', 1, () => [ends, stays, waits].every(o.hasOneDelegate));
}

async function main(signal: AbortSignal): Promise<boolean> {
  await using ground = await prepareGround({ leaseSeconds: LEASE_SECONDS, log: console.error, signal });
  const outages = new Outages(ground, await Census.take(ground, signal), signal);
  await silentMember(outages, ground.parts);
  await hubAway(outages, ground.parts);
  const late = outages.checks.filter(({ seconds, limit }) => seconds > limit);
  const rows = outages.checks.map(({ what, seconds, limit }) => [what, seconds.toFixed(1), String(limit)]);
  console.log(table(['WHAT', 'SECONDS', 'LIMIT'], rows));
  console.log(`${outages.checks.length - late.length} passed, ${late.length} failed`);
  return late.length === 0;
}

await runSuite(LIMIT, main);

/** `berth up`: installs what is needed, then runs webhook, agents and scheduler in this one process. */
import { createRequire } from 'node:module';
import { type Logger, pino } from 'pino';
import { startAgent } from '../agent/main.ts';
import { SYSTEM_NAMESPACE } from '../api/index.ts';
import { applyAll, createClient, serviceAccountCredentials } from '../kube/index.ts';
import { startScheduler } from '../scheduler/main.ts';
import { startWebhook, webhookConfiguration } from '../webhook/main.ts';
import { type Connection, connect } from './connect.ts';
import { agentAccount, SCHEDULER_ACCOUNT } from './install/hub.ts';
import { acceptedSources, installHub, installMember, register } from './install/install.ts';
import { AGENT_ACCOUNT } from './install/member.ts';
import { removeAll, removeWebhooks } from './install/remove.ts';

export interface UpOptions {
  /** Path of the hub's kubeconfig. */
  hub: string;
  /** Paths of kubeconfigs by member. */
  members: Record<string, string>;
  webhookAddress: string;
  nodeAddress?: string;
  /** Seconds that a delegate may be without a node. */
  nodeTimeout: number;
  cleanup: boolean;
  logLevel: string;
}

interface Fleet {
  hub: Connection;
  members: Connection[];
}

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const now = () => Date.now();
const random = () => Math.random();
const STOP_DEADLINE_MS = 30_000;

/** Resolves after SIGINT or SIGTERM, when all has ended; rejects if the start fails, having ended what it began. */
export async function up(options: UpOptions): Promise<void> {
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: false }));
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const fleet = await connectAll(options, ending.signal);
  const running: Promise<unknown>[] = [];
  try {
    await install(fleet, options, ending.signal);
    running.push(...(await startAll(fleet, options, log, ending.signal)));
    process.stdout.write('ready\n');
    await aborted(ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    ending.abort();
    await takeDown(fleet, options, running);
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** All at once: a member that does not answer is named within seconds, whatever its place in the command. */
async function connectAll({ hub, members }: UpOptions, signal: AbortSignal): Promise<Fleet> {
  const [first, ...rest] = await Promise.all([
    connect('hub', hub, signal),
    ...Object.entries(members).map(([name, kubeconfig]) => connect(name, kubeconfig, signal)),
  ]);
  return { hub: first, members: rest };
}

async function install({ hub, members }: Fleet, _options: UpOptions, signal: AbortSignal): Promise<void> {
  const names = members.map(({ name }) => name);
  await installHub(hub.client, names, signal);
  await Promise.all(
    members.map(async ({ name, client }) => {
      const cluster = await register(hub.client, name, signal);
      await installMember(client, acceptedSources(cluster, names), cluster.spec.accept.namespaces, signal);
    }),
  );
}

/** @returns what to wait for after the signal. */
async function startAll({ hub, members }: Fleet, options: UpOptions, log: Logger, signal: AbortSignal) {
  const webhook = await startWebhook({
    host: options.webhookAddress,
    port: 0,
    log: log.child({ room: 'webhook' }),
    now,
    signal,
  });
  const scheduler = await startScheduler({
    hub: actAs(hub, hub, SCHEDULER_ACCOUNT, 'scheduler'),
    log: log.child({ room: 'scheduler' }),
    now,
    random,
    signal,
  });
  const agents = await Promise.all(members.map((member) => startMember(hub, member, options, log, signal)));
  await Promise.all(members.map(({ name, client }) => applyAll(client, [webhookConfiguration(name, webhook)], signal)));
  return [webhook.stop, scheduler.stopped, ...agents.map(({ stopped }) => stopped)].map((part) =>
    typeof part === 'function' ? aborted(signal).then(part) : part,
  );
}

function startMember(hub: Connection, member: Connection, options: UpOptions, log: Logger, signal: AbortSignal) {
  const { name } = member;
  return startAgent({
    cluster: name,
    home: actAs(member, member, AGENT_ACCOUNT, 'agent'),
    hub: actAs(hub, member, agentAccount(name), 'agent'),
    ...(options.nodeAddress === undefined ? {} : { nodeAddress: options.nodeAddress }),
    noNodeAfterMs: options.nodeTimeout * 1000,
    version,
    now,
    random,
    signal,
    log: log.child({ room: 'agent', cluster: name }),
  });
}

/** A client of `at` as one of our own identities there: the admin's credentials only ever install. */
function actAs(at: Connection, named: Connection, account: string, component: string) {
  const identity = { namespace: SYSTEM_NAMESPACE, name: account, now };
  const credentials = serviceAccountCredentials(at.client, at.credentials, identity);
  return createClient({ cluster: named.name, credentials, component, random });
}

/** Webhook configurations go in any case: without a webhook behind them elected pods would be refused for ever. */
async function takeDown(fleet: Fleet, { cleanup }: UpOptions, running: Promise<unknown>[]): Promise<void> {
  const signal = AbortSignal.timeout(STOP_DEADLINE_MS);
  try {
    await removeWebhooks(fleet.members, signal);
    await Promise.all(running);
    if (cleanup) await removeAll(fleet.hub, fleet.members, signal);
  } finally {
    await Promise.all([fleet.hub, ...fleet.members].map(({ client }) => client.close()));
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

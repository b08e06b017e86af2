/** `berth up`: installs what is needed, then runs webhook, agents and scheduler in this one process. */
import type { Logger } from 'pino';
import { startAgent } from '../agent/main.ts';
import { agentAccount, SYSTEM_NAMESPACE, UserError } from '../api/index.ts';
import { startRelay } from '../deploy/relay/main.ts';
import { type ApiClient, createClient, serviceAccountCredentials } from '../kube/index.ts';
import { startScheduler } from '../scheduler/main.ts';
import { startWebhook } from '../webhook/main.ts';
import type { Connection } from './connect.ts';
import { connectAll, type Fleet, type FleetOptions, type InstallOptions, installFleet } from './fleet.ts';
import { RELAY_ACCOUNT, SCHEDULER_ACCOUNT } from './install/hub.ts';
import { waitForAccess } from './install/install.ts';
import { AGENT_ACCOUNT } from './install/member.ts';
import { removeAll, removeWebhooks } from './install/remove.ts';
import { WEBHOOK_ACCOUNT } from './install/webhook.ts';
import { createLog, sayReady, untilAsked, version } from './run.ts';
import { streamsBy } from './streams.ts';

export interface UpOptions extends FleetOptions, InstallOptions {
  webhookAddress: string;
  /** `webhookAddress` if left out. */
  nodeAddress?: string;
  /** Seconds that a delegate may be without a node. */
  nodeTimeout: number;
  cleanup: boolean;
  logLevel: string;
}

const now = () => Date.now();
const random = () => Math.random();
const STOP_DEADLINE_MS = 30_000;
const ACCESS_DEADLINE_MS = 30_000;

/** Resolves after SIGINT or SIGTERM, when all has ended; rejects if the start fails, having ended what it began. */
export async function up(options: UpOptions): Promise<void> {
  const log = createLog(options.logLevel);
  await untilAsked(async (asked) => {
    const fleet = await connectAll(options, asked);
    const running = startedIn(new AbortController());
    try {
      await installFleet(fleet, options, asked);
      await unlessAborted(startAll(fleet, options, log, running), asked);
      sayReady();
      await aborted(asked);
    } finally {
      await takeDown(fleet, options, running);
    }
  });
}

/** What was started: one signal ends it all, then it is waited for. */
interface Running {
  ending: AbortController;
  stopped: Promise<unknown>[];
  clients: ApiClient[];
}

const startedIn = (ending: AbortController): Running => ({ ending, stopped: [], clients: [] });

async function startAll({ hub, members }: Fleet, options: UpOptions, log: Logger, running: Running): Promise<void> {
  const { signal } = running.ending;
  const common = { now, random, signal };
  const scheduler = await startScheduler({
    ...common,
    hub: actAs(hub, hub, SCHEDULER_ACCOUNT, 'scheduler', running).client,
    log: log.child({ room: 'scheduler' }),
  });
  running.stopped.push(scheduler.stopped);
  await scheduler.ready;
  await waitForAccess(
    hub.client,
    members.map(({ name }) => name),
    AbortSignal.any([signal, AbortSignal.timeout(ACCESS_DEADLINE_MS)]),
  );
  const relay = await startRelay({
    ...common,
    hub: actAs(hub, hub, RELAY_ACCOUNT, 'relay', running).client,
    host: options.webhookAddress,
    port: 0,
    log: log.child({ room: 'relay' }),
  });
  running.stopped.push(relay.stopped);
  await Promise.all(members.map((member) => startMember(hub, member, options, log, running)));
  // Last: from now on elected pods become proxies, and everything that serves them is there.
  await Promise.all(members.map((member) => startMemberWebhook(member, options, log, running)));
}

async function startMemberWebhook(member: Connection, options: UpOptions, log: Logger, running: Running) {
  const { name } = member;
  const { publish, stopped } = await startWebhook({
    cluster: name,
    home: actAs(member, member, WEBHOOK_ACCOUNT, 'webhook', running).client,
    host: options.webhookAddress,
    port: 0,
    now,
    random,
    signal: running.ending.signal,
    log: log.child({ room: 'webhook' }),
  });
  running.stopped.push(stopped);
  if (!(await publish()))
    throw new UserError('NothingInstalled', `${name}: somebody took the webhook configuration away`);
}

async function startMember(hub: Connection, member: Connection, options: UpOptions, log: Logger, running: Running) {
  const { name } = member;
  const atHome = actAs(member, member, AGENT_ACCOUNT, 'agent', running);
  const atHub = actAs(hub, member, agentAccount(name), 'agent', running);
  const { stopped } = await startAgent({
    cluster: name,
    home: atHome.client,
    hub: atHub.client,
    streams: streamsBy({ cluster: name, home: atHome.credentials, hub: atHub, now }),
    nodeAddress: options.nodeAddress ?? options.webhookAddress,
    servingCertificate: options.servingCertificate,
    noNodeAfterMs: options.nodeTimeout * 1000,
    version,
    now,
    random,
    signal: running.ending.signal,
    log: log.child({ room: 'agent', cluster: name }),
  });
  running.stopped.push(stopped);
}

/** One of our own identities at `at`: the admin's credentials only ever install. */
function actAs(at: Connection, named: Connection, account: string, component: string, { clients }: Running) {
  const identity = { namespace: SYSTEM_NAMESPACE, name: account, now };
  const credentials = serviceAccountCredentials(at.client, at.credentials, identity);
  const client = createClient({ cluster: named.name, credentials, component, random });
  clients.push(client);
  return { client, credentials };
}

/**
 * Webhook configurations go first, while the webhook still answers, and in any case: without one behind them, elected
 * pods would be refused for ever.
 */
async function takeDown(fleet: Fleet, { cleanup }: UpOptions, { ending, stopped, clients }: Running): Promise<void> {
  const signal = AbortSignal.timeout(STOP_DEADLINE_MS);
  const connections = [fleet.hub, ...fleet.members].map(({ client }) => client);
  try {
    await removeWebhooks(fleet.members, signal);
  } finally {
    ending.abort();
    await Promise.all(stopped);
  }
  try {
    if (cleanup) await removeAll(fleet.hub, fleet.members, signal);
  } finally {
    await Promise.all([...connections, ...clients].map((client) => client.close()));
  }
}

/** Rejects when the signal fires before `work` is done, which goes on and is ended by whoever started it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([work, aborted(signal).then(() => Promise.reject(signal.reason))]);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

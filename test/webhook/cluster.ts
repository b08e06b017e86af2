/** Webhooks behind a balancer before a real API server: restarts and rotation under admissions, none of which may fail. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { KubeObject, Pod } from '../../api/index.ts';
import { SYSTEM_NAMESPACE } from '../../api/index.ts';
import type { CertificatePolicy } from '../../certs/plan.ts';
import { TLS_SECRET } from '../../certs/reconciler.ts';
import { installFleet } from '../../cli/fleet.ts';
import { writeKubeconfigs } from '../../cli/install/kubeconfigs.ts';
import { WEBHOOK_ACCOUNT } from '../../cli/install/webhook.ts';
import {
  type ApiClient,
  type Credentials,
  createClient,
  credentialsFromKubeconfig,
  serviceAccountCredentials,
} from '../../kube/index.ts';
import { startWebhook } from '../../webhook/main.ts';
import { podOf } from '../../webhook/pod.samples.ts';
import { freePorts } from '../cluster/ports.ts';
import { waitUntil } from '../cluster/wait.ts';
import { startBalancer } from './balancer.ts';
import { atRate, call, keepAlive } from './client.ts';
import type { Check } from './report.ts';
import { goodReview } from './reviews.ts';

export const CLUSTER = 'a';
const ADMISSIONS_PER_SECOND = 50;
const CONFIGURATION = `zz-berth-${CLUSTER}`;

export interface Ground extends AsyncDisposable {
  admin: ApiClient;
  credentials: Credentials;
  /** Path of the kubeconfig of the webhook's own identity. */
  kubeconfig: string;
}

/** Installs Berth as an admin would, on a cluster that is there. */
export async function installWebhook(path: string, folder: string, signal: AbortSignal): Promise<Ground> {
  const credentials = await credentialsFromKubeconfig(path);
  const admin = createClient({ cluster: CLUSTER, credentials, component: 'test', random: Math.random });
  const member = { name: CLUSTER, credentials, client: admin };
  const fleet = { hub: member, members: [member] };
  await installFleet(fleet, { servingCertificate: 'own' }, signal);
  await writeKubeconfigs(fleet, folder, 1, signal);
  return {
    admin,
    credentials,
    kubeconfig: join(folder, `webhook-${CLUSTER}.kubeconfig`),
    [Symbol.asyncDispose]: () => admin.close(),
  };
}

/** Creates pods that are thrown away again, at the rate, and tells each that was not made a proxy. */
export async function admissions({ admin }: Ground, seconds: number): Promise<string[]> {
  const failed: string[] = [];
  await atRate(ADMISSIONS_PER_SECOND, seconds, async (index) => {
    const body = podOf({}, { ...podOf().metadata, name: `pod-${index}` });
    try {
      const made = await admin.raw('POST', '/api/v1/namespaces/default/pods?dryRun=All', { body });
      const { spec } = JSON.parse(made) as Pod;
      if (spec['schedulerName'] !== 'berth') failed.push(`pod-${index} stayed as it was`);
    } catch (error) {
      failed.push(`pod-${index}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return failed;
}

interface Configuration extends KubeObject {
  webhooks?: { clientConfig: { caBundle?: string } }[];
}

/** PEMs that the API server is told to trust now. */
async function trusted({ admin }: Ground): Promise<string> {
  const { webhooks } = await admin.get<Configuration>('mutatingwebhookconfigurations', CONFIGURATION);
  return Buffer.from(webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString();
}

const serials = (bundle: string): string[] =>
  bundle.split(/(?<=END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem).serialNumber);

/** All within the five minutes by which certificates begin before their time, as API servers look at the real one. */
const POLICY: CertificatePolicy = { servingMs: 60_000, authorityMs: 180_000, settleMs: 10_000 };
const ROTATION_SECONDS = 40;
/** So many seconds of theirs pass in one of ours. */
const HASTE = 6;

/** Two webhooks whose time runs fast: serving certificates and authority are renewed, the old authority goes. */
export async function measureRotation(ground: Ground, signal: AbortSignal): Promise<Check[]> {
  // Those of processes before are to live for years.
  await ground.admin.delete('secrets', TLS_SECRET, { namespace: SYSTEM_NAMESPACE, signal });
  await using balancer = await startBalancer();
  const begin = Date.now();
  const now = () => begin + (Date.now() - begin) * HASTE;
  const identity = { namespace: SYSTEM_NAMESPACE, name: WEBHOOK_ACCOUNT, now: Date.now };
  const credentials = serviceAccountCredentials(ground.admin, ground.credentials, identity);
  const home = createClient({ cluster: CLUSTER, credentials, component: 'webhook', random: Math.random });
  const log = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
  balancer.backends.push(...(await freePorts(2, Math.random)));
  const start = (port: number) =>
    startWebhook({
      ...{ cluster: CLUSTER, home, host: '127.0.0.1', port, advertise: `127.0.0.1:${balancer.port}` },
      ...{ log, now, random: Math.random, signal, policy: POLICY, checkMs: 200 },
    });
  const webhooks = await Promise.all(balancer.backends.map(start));
  for (const { publish } of webhooks) await publish();
  await untilServed(ground);
  const seen = new Set<string>();
  let probesFailed = 0;
  // Connections of API servers live on; these are new ones that trust what the API server is told, each time.
  const probe = async (index: number): Promise<void> => {
    const ca = await trusted(ground);
    for (const serial of serials(ca)) seen.add(serial);
    const { call: sent, isRight } = goodReview(index, 1);
    const agent = keepAlive();
    if (!isRight(await call({ port: balancer.port, ca }, sent, agent))) probesFailed++;
    agent.destroy();
  };
  const first = serials(await trusted(ground));
  const [failed] = await Promise.all([admissions(ground, ROTATION_SECONDS), atRate(10, ROTATION_SECONDS, probe)]);
  const last = serials(await trusted(ground));
  await Promise.all(webhooks.map(({ stop }) => stop()));
  await home.close();
  for (const line of failed.slice(0, 10)) console.error(line);
  const total = ADMISSIONS_PER_SECOND * ROTATION_SECONDS;
  return [
    {
      what: `certificates rotate under ${ADMISSIONS_PER_SECOND}/s: failed admissions of ${total}`,
      value: failed.length,
      limit: 0,
    },
    { what: 'the same: failed reviews over connections of their own', value: probesFailed, limit: 0 },
    {
      what: `authorities that are still trusted of those before (${seen.size} seen)`,
      value: last.filter((one) => first.includes(one)).length,
      limit: 0,
    },
  ];
}

/** Waits until the API server has taken up its configuration: a pod becomes a proxy. */
export const untilServed = (ground: Ground): Promise<void> =>
  waitUntil(async () => (await admissions(ground, 1 / ADMISSIONS_PER_SECOND)).length === 0, {
    what: 'an elected pod becomes a proxy',
    timeout: 20_000,
  });

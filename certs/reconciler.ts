/** Keeps the webhook's certificates in one Secret, which any number of processes read, renew and repair together. */
import { isIP } from 'node:net';
import { MANAGED_BY, SYSTEM_NAMESPACE } from '../api/index.ts';
import { type ApiClient, isAlreadyExists, isConflict, isNotFound, type Log, unlessMissing } from '../kube/index.ts';
import { createAuthority, issue, type KeyPair, loadAuthority } from './issue.ts';
import { CERTIFICATE_POLICY, type CertificatePlan, type CertificatePolicy, planCertificates } from './plan.ts';
import { bundleOf, contentOf, dataOf, factsOf, type Secret, type TlsContent, uncovered } from './secret.ts';

export const TLS_SECRET = 'berth-webhook-tls';

/** More steps than any plan takes, with others writing at the same time. */
const MAX_STEPS = 20;
const DAY = 86_400_000;

export interface KeeperOptions {
  /** The cluster that holds the Secret; it needs get, create and update of it. */
  client: ApiClient;
  /** Host names and addresses by which API servers reach this process. */
  names: string[];
  log: Log;
  /** Milliseconds since 1970. */
  now: () => number;
  policy?: CertificatePolicy;
}

/** What to serve with, what API servers must trust (PEM), and when to ask again at the latest. */
export interface Certificates {
  serving: KeyPair;
  bundle: string;
  wakeAt: number;
}

export interface Keeper {
  /** Reads the Secret, renews in it what is due, and makes it anew if it is missing or unusable. */
  keep: (signal: AbortSignal) => Promise<Certificates>;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { client, log, names: wanted, now, policy = CERTIFICATE_POLICY } = options;
  /** The last content that was good. */
  let held: TlsContent | undefined;

  const step = async (signal: AbortSignal): Promise<Certificates | undefined> => {
    const secret = await read(client, signal);
    const found = secret === undefined ? undefined : usable(secret, log);
    if (secret === undefined && held !== undefined) log.warn({ secret: TLS_SECRET }, 'the Secret is gone, made anew');
    const missing = found === undefined ? [] : uncovered(found, wanted);
    const facts = found && factsOf(found);
    const plan = planCertificates({ found: facts, holds: held !== undefined, wanted, missing, now: now(), policy });
    if (found !== undefined) held = found;
    if (plan.do === 'keep' && found !== undefined)
      return { serving: found.serving, bundle: bundleOf(found), wakeAt: plan.wakeAt };
    const next = await carryOut(plan, found ?? held, options, policy);
    if (await write(client, secret, next, signal)) {
      const why = 'why' in plan ? plan.why : undefined;
      log.info({ secret: TLS_SECRET, did: plan.do, why }, 'certificates of the webhook changed');
    }
    return undefined;
  };

  return {
    keep: async (signal) => {
      for (let steps = 0; steps < MAX_STEPS; steps++) {
        const certificates = await step(signal);
        if (certificates !== undefined) return certificates;
      }
      throw new Error(`the certificates in Secret ${TLS_SECRET} did not settle after ${MAX_STEPS} steps`);
    },
  };
}

const read = (client: ApiClient, signal: AbortSignal): Promise<Secret | undefined> =>
  unlessMissing(client.get<Secret>('secrets', TLS_SECRET, { namespace: SYSTEM_NAMESPACE, signal }));

function usable(secret: Secret, log: Log): TlsContent | undefined {
  try {
    return contentOf(secret);
  } catch (error) {
    log.warn({ secret: TLS_SECRET, err: error }, 'the Secret is unusable, made anew');
    return undefined;
  }
}

/** The content after a step of the plan. */
async function carryOut(
  plan: CertificatePlan,
  content: TlsContent | undefined,
  { now, names }: KeeperOptions,
  { servingMs, authorityMs }: CertificatePolicy,
): Promise<TlsContent> {
  const authority = () => createAuthority({ commonName: 'berth-webhook', days: authorityMs / DAY, now });
  const serving = (by: Parameters<typeof issue>[0], all: string[]) => {
    const ipAddresses = all.filter((name) => isIP(name) !== 0);
    const dnsNames = all.filter((name) => isIP(name) === 0);
    const request = { commonName: 'berth-webhook', dnsNames, ipAddresses, usage: 'server', now } as const;
    return issue(by, { ...request, days: servingMs / DAY });
  };
  if (content === undefined || plan.do === 'create') {
    const { cert, key, ...signing } = await authority();
    return { authority: { cert, key }, former: [], serving: await serving({ cert, key, ...signing }, names) };
  }
  if (plan.do === 'renewAuthority') {
    const { cert, key } = await authority();
    return { ...content, authority: { cert, key }, former: [content.authority.cert, ...content.former] };
  }
  if (plan.do === 'renewServing')
    return { ...content, serving: await serving(await loadAuthority(content.authority), plan.names) };
  return plan.do === 'forget' ? { ...content, former: plan.former } : content;
}

/** False if another process was first: whatever it wrote counts. */
async function write(client: ApiClient, secret: Secret | undefined, content: TlsContent, signal: AbortSignal) {
  const data = dataOf(content);
  try {
    if (secret !== undefined) await client.replace<Secret>('secrets', { ...secret, data } as Secret, { signal });
    else await client.create<Secret>('secrets', newSecret(data), { signal });
    return true;
  } catch (error) {
    if (isAlreadyExists(error) || isConflict(error) || (secret !== undefined && isNotFound(error))) return false;
    throw error;
  }
}

const newSecret = (data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: SYSTEM_NAMESPACE, name: TLS_SECRET, labels: MANAGED_BY },
  type: 'kubernetes.io/tls',
  data,
});

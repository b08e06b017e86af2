/** Berth as in production: components apart, two of each, with service accounts of their own; each behind fault proxies. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, credentialsFromKubeconfig, type Log } from '../../../kube/index.ts';
import { startWebhook } from '../../../webhook/main.ts';
import { BERTH, installBerth } from '../../install.ts';
import { Part } from '../../part.ts';
import { type FaultProxy, startProxy } from '../proxy/proxy.ts';

export type FleetOptions = {
  readonly hub: { readonly kubeconfig: string };
  /** The first is where pods are made: it gets a webhook. */
  readonly members: readonly { readonly name: string; readonly kubeconfig: string }[];
  /** How many of each component; two if left out. */
  readonly replicas?: number;
  readonly leaseSeconds: number;
  /** Module of the command line; ours if left out. */
  readonly berth?: string;
  /** Takes kubeconfigs and logs. */
  readonly folder: string;
  readonly signal: AbortSignal;
};

export type PartsFleet = AsyncDisposable & { readonly parts: readonly Part[] };

/** Installs Berth as an admin would and starts its components. Resolves before they are ready. */
export async function startParts(o: FleetOptions): Promise<PartsFleet> {
  await using stack = new AsyncDisposableStack();
  await installBerth(o);
  const parts: Part[] = [];
  for (const { role, args } of components(o)) {
    for (let replica = 1; replica <= (o.replicas ?? 2); replica++) {
      const part = await preparePart(o, { role, args, name: `${role}-${replica}` }, stack);
      parts.push(part);
      part.start();
    }
  }
  await serveAdmission(o, stack);
  const all = stack.move();
  return { parts, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

type Component = { readonly role: string; readonly args: readonly Argument[] };
/** An argument, or the name of an identity whose kubeconfig it is. */
type Argument = string | { readonly identity: string };

function components({ members, leaseSeconds }: FleetOptions): Component[] {
  const lease = ['--lease-seconds', String(leaseSeconds)];
  return [
    { role: 'scheduler', args: ['scheduler', '--hub', { identity: 'scheduler' }, ...lease] },
    ...members.map(({ name }) => ({
      role: `agent-${name}`,
      args: [
        ...['agent', '--cluster', name, '--kubeconfig', { identity: `agent-${name}` }],
        ...['--hub', { identity: `agent-${name}-hub` }, ...lease],
      ],
    })),
  ];
}

async function preparePart(
  { folder, berth = BERTH }: FleetOptions,
  { name, role, args }: Component & { name: string },
  stack: AsyncDisposableStack,
): Promise<Part> {
  const proxies: FaultProxy[] = [];
  const texts: string[] = [];
  for (const argument of args) {
    if (typeof argument === 'string') texts.push(argument);
    else {
      const { proxy, path } = await divert(folder, argument.identity, name);
      stack.use(proxy);
      proxies.push(proxy);
      texts.push(path);
    }
  }
  return stack.use(new Part({ name, role, berth, args: texts, proxies, logFile: join(folder, `${name}.log`) }));
}

type Config = { clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[] };

/** A proxy for one part before the server of a kubeconfig, and that kubeconfig with the proxy's address. */
async function divert(folder: string, identity: string, part: string): Promise<{ proxy: FaultProxy; path: string }> {
  const config = JSON.parse(await readFile(join(folder, `${identity}.kubeconfig`), 'utf8')) as Config;
  const cluster = config.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error(`${identity}.kubeconfig names no cluster`);
  const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString();
  const proxy = await startProxy({ server: cluster.server, ca });
  cluster.server = proxy.server;
  cluster['certificate-authority-data'] = Buffer.from(proxy.ca).toString('base64');
  const path = join(folder, `${part}-${identity}.kubeconfig`);
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return { proxy, path };
}

/** The webhook runs in this process: what is killed here are those that write. */
async function serveAdmission({ members, signal }: FleetOptions, stack: AsyncDisposableStack): Promise<void> {
  const [source] = members;
  if (source === undefined) throw new Error('a fleet needs a member');
  const quiet: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const credentials = await credentialsFromKubeconfig(source.kubeconfig);
  const admin = createClient({ cluster: source.name, credentials, component: 'test', random: Math.random });
  stack.defer(() => admin.close());
  const address = { cluster: source.name, home: admin, host: '127.0.0.1', port: 0 };
  const webhook = await startWebhook({ ...address, log: quiet, now: Date.now, random: Math.random, signal });
  stack.defer(() => webhook.stop());
  await webhook.publish();
}

const ignore = () => undefined;

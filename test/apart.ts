/**
 * Berth over clusters that do not reach one another: each component a process of its own, in the network of the cluster
 * that it belongs to. All of them reach the hub's API server and the relay; nobody reaches anything else.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { acceptAt, apartAt } from './cluster/apart.ts';
import type { Cluster } from './cluster/cluster.ts';
import { allEnded } from './cluster/wait.ts';
import { BERTH, installBerth, SERVES_VERIFIED } from './install.ts';
import { Part } from './part.ts';

/** A cluster with a network of its own. */
export type ApartCluster = { readonly name: string; readonly kubeconfig: string };

export type ApartOptions = {
  readonly hub: ApartCluster;
  readonly members: readonly ApartCluster[];
  /** Takes kubeconfigs and logs. */
  readonly folder: string;
};

/** The running components, by role: `scheduler`, `relay`, `agent-NAME`, `webhook-NAME`. */
export type ApartBerth = {
  readonly part: (role: string) => Part;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
};

export const RELAY_PORT = 9443;
const WEBHOOK_PORT = 9444;
/** Whose agent has a port for streams of its own, which its firewall keeps closed. */
export const DIRECT = { cluster: 'cluster1', port: 9446 };

/** Lets the members in at the hub's API server and at its relay; once per hub. */
export async function openHub({ kubeconfig, server }: Pick<Cluster, 'kubeconfig' | 'server'>): Promise<void> {
  const apart = apartAt(dirname(kubeconfig));
  for (const port of [Number(new URL(server).port), RELAY_PORT]) await acceptAt(apart, port);
}

/** Resolves when all components are ready. */
export async function startApart(options: ApartOptions): Promise<ApartBerth> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  await installBerth({ ...options, args: SERVES_VERIFIED });
  const parts = partsOf(options);
  const all = (what: (part: Part) => Promise<void>) => allEnded([...parts.values()].map(what));
  const part = (role: string) => {
    const found = parts.get(role);
    if (found === undefined) throw new Error(`Berth has no component ${role}`);
    return found;
  };
  const berth = { part, stop: () => all((one) => one.stop()), kill: () => all((one) => one.kill()) };
  try {
    for (const one of parts.values()) one.start();
    await all((one) => one.ready());
    return berth;
  } catch (error) {
    await berth.kill();
    throw error;
  }
}

function partsOf({ hub, members, folder }: ApartOptions): Map<string, Part> {
  const identity = (name: string) => join(folder, `${name}.kubeconfig`);
  const parts = new Map<string, Part>();
  const add = (role: string, { kubeconfig }: ApartCluster, args: string[]) => {
    const { netns } = apartAt(dirname(kubeconfig));
    parts.set(role, new Part({ name: role, role, berth: BERTH, args, netns, logFile: join(folder, `${role}.log`) }));
  };
  const { address } = apartAt(dirname(hub.kubeconfig));
  add('scheduler', hub, ['scheduler', '--hub', identity('scheduler')]);
  const relay = ['relay', '--hub', identity('relay'), '--listen', `0.0.0.0:${RELAY_PORT}`];
  add('relay', hub, [...relay, '--advertise', `${address}:${RELAY_PORT}`]);
  for (const member of members) {
    const named = (role: string) => ['--cluster', member.name, '--kubeconfig', identity(`${role}-${member.name}`)];
    // Not loopback, which API servers do not proxy to (`kubectl get --raw …/nodes/NODE/proxy/…`).
    const own = apartAt(dirname(member.kubeconfig)).address;
    const atHub = ['--hub', identity(`agent-${member.name}-hub`), '--node-address', own];
    const direct = member.name === DIRECT.cluster ? ['--stream-listen', `${own}:${DIRECT.port}`] : [];
    add(`agent-${member.name}`, member, ['agent', ...named('agent'), ...atHub, ...direct, ...SERVES_VERIFIED]);
    add(`webhook-${member.name}`, member, ['webhook', ...named('webhook'), '--listen', `127.0.0.1:${WEBHOOK_PORT}`]);
  }
  return parts;
}

/** Hub and members as the command line names them. */
import type { Cluster, ServingCertificate } from '../api/index.ts';
import { type ApiClient, isNotFound } from '../kube/index.ts';
import { type Connection, connect } from './connect.ts';
import { checkIdentities, type Identified } from './install/identity.ts';
import { installHub, installMember, partOf, registerAll } from './install/install.ts';

export interface FleetOptions {
  /** Path of the hub's kubeconfig. */
  hub: string;
  /** Paths of kubeconfigs by member. */
  members: Record<string, string>;
}

export interface InstallOptions {
  /** What the agents may have signed. */
  servingCertificate: ServingCertificate;
}

export interface Fleet {
  hub: Connection;
  members: Connection[];
}

/**
 * All at once: a member that does not answer is named within seconds, whatever its place in the command. Refuses two names
 * for one cluster and two clusters under one name, before anything is changed anywhere.
 */
export async function connectAll({ hub, members }: FleetOptions, signal: AbortSignal): Promise<Fleet> {
  const [first, ...rest] = await Promise.all([
    connect('hub', hub, signal),
    ...Object.entries(members).map(([name, kubeconfig]) => connect(name, kubeconfig, signal)),
  ]);
  checkIdentities(await identify(rest, signal), await registered(first.client, signal));
  return { hub: first, members: rest };
}

const identify = (members: Connection[], signal: AbortSignal): Promise<Identified[]> =>
  Promise.all(
    members.map(async ({ name, client }) => {
      const { metadata } = await client.get('namespaces', 'kube-system', { signal });
      return { name, uid: metadata.uid ?? '' };
    }),
  );

async function registered(hub: ApiClient, signal: AbortSignal): Promise<Cluster[]> {
  try {
    return (await hub.list<Cluster>('clusters', { signal })).items;
  } catch (error) {
    if (isNotFound(error)) return []; // the first start: the kind is not there yet
    throw error;
  }
}

/** Brings hub and members into the state that Berth needs, and registers the members. */
export async function installFleet(
  { hub, members }: Fleet,
  { servingCertificate }: InstallOptions,
  signal: AbortSignal,
): Promise<void> {
  const names = members.map(({ name }) => name);
  await installHub(hub.client, names, signal);
  const clusters = await registerAll(hub.client, await identify(members, signal), signal);
  const lacks = await Promise.all(
    members.map((member) => installMember(member, { ...partOf(member.name, clusters), servingCertificate }, signal)),
  );
  for (const lack of lacks.flat()) process.stderr.write(`${lack}\n`);
}

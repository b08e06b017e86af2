/** Hub and members as the command line names them. */
import { type Connection, connect } from './connect.ts';
import { installHub, installMember, partOf, registerAll } from './install/install.ts';

export interface FleetOptions {
  /** Path of the hub's kubeconfig. */
  hub: string;
  /** Paths of kubeconfigs by member. */
  members: Record<string, string>;
}

export interface Fleet {
  hub: Connection;
  members: Connection[];
}

/** All at once: a member that does not answer is named within seconds, whatever its place in the command. */
export async function connectAll({ hub, members }: FleetOptions, signal: AbortSignal): Promise<Fleet> {
  const [first, ...rest] = await Promise.all([
    connect('hub', hub, signal),
    ...Object.entries(members).map(([name, kubeconfig]) => connect(name, kubeconfig, signal)),
  ]);
  return { hub: first, members: rest };
}

/** Brings hub and members into the state that Berth needs, and registers the members. */
export async function installFleet({ hub, members }: Fleet, signal: AbortSignal): Promise<void> {
  const names = members.map(({ name }) => name);
  await installHub(hub.client, names, signal);
  const clusters = await registerAll(hub.client, names, signal);
  const lacks = await Promise.all(
    members.map((member) => installMember(member, partOf(member.name, clusters), signal)),
  );
  for (const lack of lacks.flat()) process.stderr.write(`${lack}\n`);
}

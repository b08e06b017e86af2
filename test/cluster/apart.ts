/**
 * A network namespace for one cluster: its only way out is a link to this machine, and its firewall lets nobody in but
 * this machine itself, so not the other clusters, whose packets this machine passes on.
 */
import { writeFile } from 'node:fs/promises';
import { type RunOptions, run } from './run.ts';
import { type FirewallRule, readState, updateState } from './state.ts';

export type Apart = {
  /** Name of the namespace. */
  readonly netns: string;
  /** The cluster's address outside of it: of its API server, and where its packets seem to come from. */
  readonly address: string;
  /** This machine's address on that link; whatever listens there can be reached from every cluster. */
  readonly outside: string;
};

/** The cluster's end of the link, inside. */
export const WAN = 'wan0';

const apartOf = (slot: number, link: string): Apart => ({
  netns: link,
  address: `10.206.${slot}.2`,
  outside: `10.206.${slot}.1`,
});

/** Of the cluster whose files are in this folder; throws if it has no network of its own. */
export function apartAt(stateDir: string): Apart {
  const { netns } = readState(stateDir) ?? {};
  if (netns === undefined) throw new Error(`the cluster in ${stateDir} has no network of its own`);
  return apartOf(Number(netns.replace(/\D/g, '')), netns);
}

/**
 * How the link is made, by which the slot is claimed. Until its namespace is there, the cluster's end lies among this
 * machine's links, where clusters that start beside it put theirs.
 */
export const apartLink = (link: string): readonly string[] => ['type', 'veth', 'peer', 'name', endOf(link)];

const endOf = (link: string) => `${link}-${WAN}`;

/** Makes the namespace for a link that is there. */
export async function makeApart(slot: number, link: string, stateDir: string): Promise<Apart> {
  const apart = apartOf(slot, link);
  const forward = (rule: string[]): FirewallRule => ({ table: 'filter', chain: 'FORWARD', rule });
  // Where Docker is installed, forwarding is closed by default.
  const rules = [forward(['-i', link, '-j', 'ACCEPT']), forward(['-o', link, '-j', 'ACCEPT'])];
  updateState(stateDir, () => ({ netns: apart.netns, rules }));
  await run('ip', ['netns', 'add', apart.netns]);
  await run('ip', ['link', 'set', endOf(link), 'netns', apart.netns, 'name', WAN]);
  await run('ip', ['address', 'add', `${apart.outside}/30`, 'dev', link]);
  await run('ip', ['link', 'set', link, 'up']);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  for (const { table, chain, rule } of rules) await run('iptables', ['-w', '-t', table, '-I', chain, ...rule]);
  await closeIn(apart);
  const inside = inNetwork(apart);
  await inside('ip', ['link', 'set', 'lo', 'up']);
  await inside('ip', ['address', 'add', `${apart.address}/30`, 'dev', WAN]);
  await inside('ip', ['link', 'set', WAN, 'up']);
  await inside('ip', ['route', 'add', 'default', 'via', apart.outside]);
  return apart;
}

/** From outside only this machine gets in, and what answers those inside. */
async function closeIn(apart: Apart): Promise<void> {
  const inside = inNetwork(apart);
  const answers = ['-i', WAN, '-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT'];
  for (const rule of [
    ['INPUT', ...answers],
    ['INPUT', '-i', WAN, '-s', apart.outside, '-j', 'ACCEPT'],
    ['INPUT', '-i', WAN, '-j', 'DROP'],
    ['FORWARD', ...answers],
    ['FORWARD', '-i', WAN, '-j', 'DROP'],
  ])
    await inside('iptables', ['-w', '-A', ...rule]);
}

/** Lets the other clusters in at a port of this one. */
export async function acceptAt(apart: Apart, port: number): Promise<void> {
  await inNetwork(apart)('iptables', ['-w', '-I', ...acceptance(port)]);
}

/** Lets no new connection in there any more. */
export async function refuseAt(apart: Apart, port: number): Promise<void> {
  await inNetwork(apart)('iptables', ['-w', '-D', ...acceptance(port)]);
}

const acceptance = (port: number) => ['INPUT', '-i', WAN, '-p', 'tcp', '--dport', `${port}`, '-j', 'ACCEPT'];

/** Whether a connection from inside to that port is made within 2 s; rejects if it is neither made nor dropped. */
export async function reaches(from: Apart, to: { readonly host: string; readonly port: number }): Promise<boolean> {
  const script = `exec 3<>/dev/tcp/${to.host}/${to.port}`;
  try {
    await inNetwork(from)('timeout', ['2', 'bash', '-c', script]);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('exit code 124')) return false;
    throw error;
  }
}

/** Runs commands where a cluster's processes run; undefined: where we do. */
export const inNetwork =
  (apart: Pick<Apart, 'netns'> | undefined) =>
  (command: string, args: readonly string[], options?: RunOptions): Promise<string> => {
    const [first = command, ...rest] = entered(apart?.netns, [command, ...args]);
    return run(first, rest, options);
  };

/**
 * A command line that does the same in a network namespace. Of the namespaces only that one is entered: `ip netns exec`
 * gives each process mounts of its own, and a kubelet's would not be there for its containers.
 */
export const entered = (netns: string | undefined, command: readonly string[]): readonly string[] =>
  netns === undefined ? command : ['nsenter', `--net=/run/netns/${netns}`, ...command];

/** Removes the namespace, if it is there. */
export async function removeNamespace(netns: string | undefined): Promise<void> {
  if (netns === undefined) return;
  const names = (await run('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0]);
  if (names.includes(netns)) await run('ip', ['netns', 'delete', netns]);
}

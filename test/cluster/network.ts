import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { run } from './run.ts';
import { type FirewallRule, updateState } from './state.ts';

/** The network of a cluster with real pods: a bridge of this machine. */
export type PodNetwork = {
  readonly bridge: string;
  /** The machine's, and so the node's, address on the bridge. */
  readonly nodeAddress: string;
  readonly podRange: string;
  readonly serviceRange: string;
  /** What `kubernetes.default.svc` resolves to. */
  readonly serviceAddress: string;
};

const SLOTS = 16;

/** Takes the first free one of 16 bridges; making it is what claims it, also against other runs. */
export async function claimNetwork(stateDir: string): Promise<PodNetwork> {
  const failures: string[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const network = networkOf(slot);
    if (addressInUse(network.nodeAddress)) continue;
    try {
      await run('ip', ['link', 'add', 'name', network.bridge, 'type', 'bridge']);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      continue;
    }
    updateState(stateDir, () => ({ bridge: network.bridge }));
    await run('ip', ['address', 'add', `${network.nodeAddress}/24`, 'dev', network.bridge]);
    await run('ip', ['link', 'set', network.bridge, 'up']);
    return network;
  }
  throw new Error(`no bridge for a cluster's pods: ${failures.at(-1) ?? 'all addresses are in use'}`);
}

/** Lets pods reach the API server, which listens on loopback, and what the machine reaches. */
export async function openRoutes(network: PodNetwork, apiPort: number, stateDir: string): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  // Without this the kernel drops packets that a rule sends from a bridge to loopback.
  await writeFile(`/proc/sys/net/ipv4/conf/${network.bridge}/route_localnet`, '1');
  const rules = rulesFor(network, apiPort);
  updateState(stateDir, () => ({ rules }));
  for (const { table, chain, rule } of rules) await run('iptables', ['-w', '-t', table, '-I', chain, ...rule]);
}

/** Removes a cluster's rules and bridge, as far as they are there. */
export async function removeNetwork(bridge: string | undefined, rules: readonly FirewallRule[]): Promise<void> {
  for (const { table, chain, rule } of rules) {
    const exists = await succeeds('iptables', ['-w', '-t', table, '-C', chain, ...rule]);
    if (exists) await run('iptables', ['-w', '-t', table, '-D', chain, ...rule]);
  }
  if (bridge !== undefined && bridge in networkInterfacesByLink(await run('ip', ['-json', 'link']))) {
    await run('ip', ['link', 'delete', bridge]);
  }
}

function rulesFor(network: PodNetwork, apiPort: number): FirewallRule[] {
  const { bridge, podRange, nodeAddress, serviceAddress } = network;
  const toApi = ['-j', 'DNAT', '--to-destination', `127.0.0.1:${apiPort}`];
  const nat = (chain: string, rule: string[]): FirewallRule => ({ table: 'nat', chain, rule });
  const forward = (rule: string[]): FirewallRule => ({ table: 'filter', chain: 'FORWARD', rule });
  return [
    nat('PREROUTING', ['-i', bridge, '-d', `${serviceAddress}/32`, '-p', 'tcp', '--dport', '443', ...toApi]),
    // Pods of other clusters come in from their own bridges.
    nat('PREROUTING', ['-d', `${nodeAddress}/32`, '-p', 'tcp', '--dport', `${apiPort}`, ...toApi]),
    nat('POSTROUTING', ['-s', podRange, '!', '-d', podRange, '-j', 'MASQUERADE']),
    // Where Docker is installed, forwarding is closed by default.
    forward(['-i', bridge, '-j', 'ACCEPT']),
    forward(['-o', bridge, '-j', 'ACCEPT']),
  ];
}

function networkOf(slot: number): PodNetwork {
  return {
    bridge: `berth${slot}`,
    nodeAddress: `10.${208 + slot}.0.1`,
    podRange: `10.${208 + slot}.0.0/24`,
    serviceRange: `10.${224 + slot}.0.0/16`,
    serviceAddress: `10.${224 + slot}.0.1`,
  };
}

function addressInUse(address: string): boolean {
  const all = Object.values(networkInterfaces()).flat();
  return all.some((one) => one?.address === address);
}

function networkInterfacesByLink(json: string): Record<string, true> {
  const links = JSON.parse(json) as { ifname: string }[];
  return Object.fromEntries(links.map(({ ifname }) => [ifname, true]));
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

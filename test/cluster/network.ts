import { networkInterfaces } from 'node:os';
import { type Apart, apartLink, inNetwork, makeApart, removeNamespace } from './apart.ts';
import { run } from './run.ts';
import { type ClusterState, type FirewallRule, updateState } from './state.ts';

/** The network of a cluster with real pods: a bridge of this machine, or of a namespace of the cluster's own. */
export type PodNetwork = {
  readonly bridge: string;
  /** The machine's, and so the node's, address on the bridge. */
  readonly nodeAddress: string;
  readonly podRange: string;
  readonly serviceRange: string;
  /** What `kubernetes.default.svc` resolves to. */
  readonly serviceAddress: string;
  /** Where the cluster has a namespace of its own. */
  readonly apart?: Apart;
};

const SLOTS = 16;
const BRIDGE = ['type', 'bridge'];

/** Takes the first free one of 16 slots; making its link is what claims it, also against other runs. */
export async function claimNetwork(stateDir: string, apart: boolean): Promise<PodNetwork> {
  const failures: string[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const network = networkOf(slot);
    if (addressInUse(network.nodeAddress)) continue;
    try {
      await run('ip', ['link', 'add', 'name', network.bridge, ...(apart ? apartLink(network.bridge) : BRIDGE)]);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      continue;
    }
    updateState(stateDir, () => ({ bridge: network.bridge }));
    if (apart) return enclosed(network, slot, stateDir);
    await raise(network);
    return network;
  }
  throw new Error(`no bridge for a cluster's pods: ${failures.at(-1) ?? 'all addresses are in use'}`);
}

async function enclosed(network: PodNetwork, slot: number, stateDir: string): Promise<PodNetwork> {
  const apart = await makeApart(slot, network.bridge, stateDir);
  await inNetwork(apart)('ip', ['link', 'add', 'name', network.bridge, ...BRIDGE]);
  await raise({ ...network, apart });
  return { ...network, apart };
}

async function raise({ apart, bridge, nodeAddress }: PodNetwork): Promise<void> {
  await inNetwork(apart)('ip', ['address', 'add', `${nodeAddress}/24`, 'dev', bridge]);
  await inNetwork(apart)('ip', ['link', 'set', bridge, 'up']);
}

/** Lets pods reach the API server, which listens on loopback, and what the machine reaches. */
export async function openRoutes(network: PodNetwork, apiPort: number, stateDir: string): Promise<void> {
  const inside = inNetwork(network.apart);
  // Without the second the kernel drops packets that a rule sends from a bridge to loopback.
  for (const setting of ['ip_forward', `conf/${network.bridge}/route_localnet`])
    await inside('sh', ['-c', `echo 1 >/proc/sys/net/ipv4/${setting}`]);
  const rules = rulesFor(network, apiPort);
  // Those of a namespace go with it.
  if (network.apart === undefined) updateState(stateDir, () => ({ rules }));
  for (const { table, chain, rule } of rules) await inside('iptables', ['-w', '-t', table, '-I', chain, ...rule]);
}

/** Removes a cluster's rules, links and namespace, as far as they are there. */
export async function removeNetwork({ bridge, rules, netns }: ClusterState): Promise<void> {
  for (const { table, chain, rule } of rules) {
    const exists = await succeeds('iptables', ['-w', '-t', table, '-C', chain, ...rule]);
    if (exists) await run('iptables', ['-w', '-t', table, '-D', chain, ...rule]);
  }
  if (bridge !== undefined && bridge in networkInterfacesByLink(await run('ip', ['-json', 'link']))) {
    await run('ip', ['link', 'delete', bridge]);
  }
  await removeNamespace(netns);
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

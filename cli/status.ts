/** `berth status`: members and their room, proxies and where their delegates are, as the hub knows them. */
import {
  type Cluster,
  type NodePoolObservation,
  type PodDecision,
  type PodDelegation,
  type PodObservation,
  UserError,
} from '../api/index.ts';
import { type ApiClient, isNotFound } from '../kube/index.ts';
import type { Fleet } from '../scheduler/place/index.ts';
import { withHub } from './connect.ts';
import { type Story, stories } from './story.ts';
import { table } from './table.ts';

export interface StatusOptions {
  hub: string;
  output?: 'json';
}

export const status = ({ hub, output }: StatusOptions): Promise<string> =>
  withHub(hub, async (client) => {
    const fleet = await readFleet(client);
    const found = { members: fleet.clusters.map(member), pods: stories(fleet) };
    return output === 'json' ? JSON.stringify(found) : print(found);
  });

/** All that the hub holds. Throws NothingInstalled if it does not know our kinds. */
export async function readFleet(hub: ApiClient): Promise<Fleet> {
  try {
    const [clusters, pools, observations, decisions, delegations] = await Promise.all([
      hub.list<Cluster>('clusters'),
      hub.list<NodePoolObservation>('nodepoolobservations'),
      hub.list<PodObservation>('podobservations'),
      hub.list<PodDecision>('poddecisions'),
      hub.list<PodDelegation>('poddelegations'),
    ]);
    return {
      clusters: clusters.items,
      pools: pools.items,
      observations: observations.items,
      decisions: decisions.items,
      delegations: delegations.items,
    };
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
    throw new UserError('NothingInstalled', 'the hub has no Clusters of Berth', { cause });
  }
}

interface Member {
  name: string;
  ready: boolean;
  reason: string;
  nodes: number;
  room: Record<string, string>;
  kubernetesVersion: string;
}

function member({ metadata, status: seen }: Cluster): Member {
  const ready = seen?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    ready: ready?.status === 'True',
    reason: ready?.reason ?? 'HeartbeatMissing',
    nodes: seen?.nodes ?? 0,
    room: seen?.room ?? {},
    kubernetesVersion: seen?.kubernetesVersion ?? '',
  };
}

function print({ members, pods }: { members: Member[]; pods: Story[] }): string {
  const clusters = members.map(({ name, ready, reason, nodes, room, kubernetesVersion }) => [
    name,
    ready ? 'True' : `False (${reason})`,
    String(nodes),
    room['cpu'] ?? '0',
    room['memory'] ?? '0',
    kubernetesVersion,
  ]);
  const lines = pods.map(({ source, namespace, name, state, target, delegate, message }) => [
    `${source}/${namespace}/${name}`,
    state,
    target ?? '-',
    delegate ?? '-',
    message ?? '',
  ]);
  const fleet = table(['CLUSTER', 'READY', 'NODES', 'CPU', 'MEMORY', 'VERSION'], clusters);
  if (lines.length === 0) return `${fleet}\n\nNo proxies.`;
  return `${fleet}\n\n${table(['PROXY', 'STATE', 'TARGET', 'DELEGATE', 'MESSAGE'], lines)}`;
}

/** Room for a number of steps, told of a node as a resource of our own, so that it can differ from run to run. */
import { memberNamespace, type Node, type NodePoolObservation, VIRTUAL_NODE_KEY } from '../../api/index.ts';
import type { Site } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';

const SLOT = 'workflows.test/slot';

/** What a step that takes one of them asks for. */
export const ONE_SLOT = { requests: { cpu: '10m', [SLOT]: '1' }, limits: { [SLOT]: '1' } };

/**
 * Gives the one real node of a cluster that many, and waits until the hub knows of them
 * (https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/).
 */
export async function giveSlots({ api, name }: Site, slots: number, hub: Site): Promise<void> {
  const { items } = await api.list<Node>('nodes', { labelSelector: `!${VIRTUAL_NODE_KEY}` });
  const [node] = items;
  if (node === undefined) throw new Error(`${name} has no node`);
  const room = { [SLOT]: String(slots) };
  const body = { status: { capacity: room, allocatable: room } };
  await api.patch('nodes', node.metadata.name, body, { type: 'merge', subresource: 'status' });
  await eventually(`the hub knows of ${slots} slots in ${name}`, async () => {
    const pools = await hub.api.list<NodePoolObservation>('nodepoolobservations', { namespace: memberNamespace(name) });
    const offers = pools.items.flatMap(({ spec }) => spec.shapes.map(({ allocatable }) => allocatable[SLOT] ?? '0'));
    if (offers.includes(String(slots))) return true;
    throw new Error(`it knows of ${offers}`);
  });
}

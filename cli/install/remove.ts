/** What `berth up` takes away again: the webhook configurations at every end, all else with `--cleanup`. */
import { type KubeObject, memberNamespace, SYSTEM_NAMESPACE, VIRTUAL_NODE_KEY } from '../../api/index.ts';
import type { ApiClient } from '../../kube/index.ts';
import { webhookConfigurationName } from '../../webhook/main.ts';
import type { Connection } from '../connect.ts';
import { removeResults } from './argo.ts';
import { readCrds } from './crds.ts';
import { listOurs, remove, removeEach } from './delete.ts';

export async function removeWebhooks(members: Connection[], signal: AbortSignal): Promise<void> {
  await Promise.all(
    members.map(({ name, client }) =>
      remove(client, 'mutatingwebhookconfigurations', { name: webhookConfigurationName(name) }, signal),
    ),
  );
}

/**
 * Everything of ours. Proxies that still run lose their virtual node and are failed by their cluster 45 s later; their
 * delegates stay, since only a source that says Gone ends a delegate.
 */
export async function removeAll(hub: Connection, members: Connection[], signal: AbortSignal): Promise<void> {
  await Promise.all(members.map(({ client }) => removeMember(client, signal)));
  const crds = (await readCrds()).map(({ metadata }) => metadata);
  await removeEach(hub.client, 'customresourcedefinitions', crds, signal);
  await removeManaged(hub.client, signal);
  const { items } = await hub.client.list<KubeObject>('namespaces', { signal });
  const ours = items.filter(({ metadata }) => isOurNamespace(metadata.name, members));
  await removeEach(
    hub.client,
    'namespaces',
    ours.map(({ metadata }) => metadata),
    signal,
  );
}

async function removeMember(client: ApiClient, signal: AbortSignal): Promise<void> {
  const { items } = await client.list<KubeObject>('nodes', { labelSelector: VIRTUAL_NODE_KEY, signal });
  for (const { metadata } of items) {
    await client.patch('nodes', metadata.name, { metadata: { finalizers: null } }, { type: 'merge', signal });
    await remove(client, 'nodes', { name: metadata.name }, signal);
    await remove(client, 'leases', { name: metadata.name, namespace: 'kube-node-lease' }, signal);
  }
  await removeManaged(client, signal);
  await removeResults(client, signal);
  await remove(client, 'namespaces', { name: SYSTEM_NAMESPACE }, signal);
}

const APPLIED = [
  'certificatesigningrequests',
  'validatingadmissionpolicybindings',
  'validatingadmissionpolicies',
  'clusterrolebindings',
  'clusterroles',
  'rolebindings',
  'roles',
] as const;

async function removeManaged(client: ApiClient, signal: AbortSignal): Promise<void> {
  for (const resource of APPLIED) {
    const items = await listOurs(client, resource, signal);
    await removeEach(
      client,
      resource,
      items.map(({ metadata }) => metadata),
      signal,
    );
  }
}

/** Namespaces of members and pairs; any other that begins alike is somebody else's. */
function isOurNamespace(namespace: string, members: Connection[]): boolean {
  const mine = members.map(({ name }) => memberNamespace(name));
  return namespace === SYSTEM_NAMESPACE || mine.some((own) => namespace === own || namespace.startsWith(`${own}--`));
}

/** Taking objects away, whether or not they are there. */
import { type KubeObject, MANAGED_BY, type ResourceName } from '../../api/index.ts';
import { type ApiClient, isNotFound } from '../../kube/index.ts';

/** Finds what was applied by us. */
const OURS = Object.entries(MANAGED_BY)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

/** What was applied by us of a kind; nothing where the API server does not know the kind. */
export async function listOurs(client: ApiClient, resource: ResourceName, signal: AbortSignal): Promise<KubeObject[]> {
  try {
    return (await client.list<KubeObject>(resource, { labelSelector: OURS, signal })).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

interface Name {
  name: string;
  namespace?: string;
}

export async function removeEach(
  client: ApiClient,
  resource: ResourceName,
  names: Name[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(names.map((name) => remove(client, resource, name, signal)));
}

export async function remove(
  client: ApiClient,
  resource: ResourceName,
  { name, namespace }: Name,
  signal: AbortSignal,
) {
  try {
    await client.delete(resource, name, { namespace, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Server-side apply, by which the command line installs what Berth needs. */
import { type Condition, type KubeObject, RESOURCES, type ResourceName } from '../api/index.ts';
import { withDeadline } from './deadline.ts';
import { isNotFound } from './errors.ts';
import { sleep } from './time.ts';
import type { ApiClient } from './types.ts';

const FIELD_MANAGER = 'berth';
const POLL = 50;

/** The resource of an object by its kind; throws for kinds that Berth does not know. */
export function resourceOf({ kind, apiVersion }: KubeObject): ResourceName {
  for (const name of Object.keys(RESOURCES) as ResourceName[]) {
    const { group, version, kind: known } = RESOURCES[name];
    if (known === kind && apiVersion === (group === '' ? version : `${group}/${version}`)) return name;
  }
  throw new Error(`no resource known for ${apiVersion} ${kind}`);
}

/** Applies the objects one after another, taking over fields that others set; resolves to what the server made of them. */
export async function applyAll(client: ApiClient, objects: KubeObject[], signal: AbortSignal): Promise<KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const object of objects) {
    const { name, namespace } = object.metadata;
    const options = { type: 'apply', fieldManager: FIELD_MANAGER, force: true, namespace, signal } as const;
    applied.push(await client.patch(resourceOf(object), name, object, options));
  }
  return applied;
}

interface Crd extends KubeObject {
  status?: { conditions?: Condition[] };
}

/** Resolves when the API server serves all of these CRDs (`<plural>.<group>`); rejects after `timeoutMs`. */
export function waitForCrds(
  client: ApiClient,
  names: string[],
  signal: AbortSignal,
  timeoutMs = 30_000,
): Promise<void> {
  return withDeadline('waiting for CRDs', timeoutMs, signal, async (deadline) => {
    for (const name of names) while (!(await isEstablished(client, name, deadline))) await sleep(POLL, deadline);
  });
}

async function isEstablished(client: ApiClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { status } = await client.get<Crd>('customresourcedefinitions', name, { signal });
    return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** A client whose API server is a map: objects by resource, namespace and name, with resourceVersions that are checked. */
import type { KubeObject, ResourceName } from '../../api/index.ts';
import { ApiError } from '../errors.ts';
import type { ApiClient } from '../types.ts';

export interface MemoryClient extends ApiClient {
  /** `<resource>/<namespace>/<name>` to object, to look at and to change behind everybody's back. */
  readonly objects: Map<string, KubeObject>;
  /** Of all writes that succeeded, verb and key in their order. */
  readonly writes: string[];
}

const refusal = (status: number, reason: string) => new ApiError(status, { reason, message: reason, code: status });

export const keyOf = (resource: ResourceName, name: string, namespace = '') => `${resource}/${namespace}/${name}`;

/** Knows get, create, replace, delete, and apply as taking over top-level fields; all else throws. */
export function memoryClient(cluster = 'test'): MemoryClient {
  const objects = new Map<string, KubeObject>();
  const writes: string[] = [];
  let version = 0;
  const find = (key: string): KubeObject => {
    const found = objects.get(key);
    if (found === undefined) throw refusal(404, 'NotFound');
    return found;
  };
  const store = (verb: string, key: string, object: KubeObject) => {
    const stored = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++version) },
    });
    objects.set(key, stored);
    writes.push(`${verb} ${key}`);
    return structuredClone(stored);
  };
  const client: Partial<ApiClient> = {
    cluster,
    get: async <T extends KubeObject>(
      resource: ResourceName,
      name: string,
      { namespace }: { namespace?: string } = {},
    ) => structuredClone(find(keyOf(resource, name, namespace))) as T,
    create: async <T extends KubeObject>(resource: ResourceName, object: KubeObject) => {
      const key = keyOf(resource, object.metadata.name, object.metadata.namespace);
      if (objects.has(key)) throw refusal(409, 'AlreadyExists');
      return store('create', key, object) as T;
    },
    replace: async <T extends KubeObject>(resource: ResourceName, object: KubeObject) => {
      const key = keyOf(resource, object.metadata.name, object.metadata.namespace);
      if (find(key).metadata.resourceVersion !== object.metadata.resourceVersion) throw refusal(409, 'Conflict');
      return store('replace', key, object) as T;
    },
    patch: async <T extends KubeObject>(resource: ResourceName, name: string, body: unknown, o: { type: string }) => {
      if (o.type !== 'apply') throw new Error(`no patches of type ${o.type} here`);
      const key = keyOf(resource, name, (body as KubeObject).metadata.namespace);
      return store('apply', key, { ...objects.get(key), ...(body as KubeObject) }) as T;
    },
    delete: async (resource, name, { namespace } = {}) => {
      const key = keyOf(resource, name, namespace);
      find(key);
      objects.delete(key);
      writes.push(`delete ${key}`);
      return undefined;
    },
    close: async () => undefined,
  };
  return { ...client, objects, writes } as MemoryClient;
}

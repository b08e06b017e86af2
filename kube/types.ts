/** What a client of an API server can do. Rooms depend on this interface; tests may give them another. */
import type { KubeObject, ResourceName } from '../api/index.ts';
import type { Method } from './transport.ts';

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

export interface GetOptions extends RequestOptions {
  namespace?: string | undefined;
}

export interface ListOptions extends GetOptions {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  limit?: number | undefined;
  /** Token of the page before. */
  continue?: string | undefined;
  /** Left out: the newest. `0`: whatever the server has in memory. */
  resourceVersion?: string | undefined;
}

export interface ListResult<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

export interface CreateOptions extends RequestOptions {
  /** Left out: the object's own. */
  namespace?: string | undefined;
  /** `fieldValidation=Strict`. */
  strict?: boolean | undefined;
  /** User to impersonate. */
  as?: string | undefined;
  fieldManager?: string | undefined;
  /** Created beneath an existing object, whose name is `name` or, left out, that in the metadata. */
  subresource?: 'binding' | 'eviction' | 'token' | undefined;
  name?: string | undefined;
}

export interface PatchOptions extends GetOptions {
  type: 'merge' | 'strategic' | 'json' | 'apply';
  subresource?: 'status' | undefined;
  fieldManager?: string | undefined;
  /** User to impersonate. */
  as?: string | undefined;
  /** With `apply`: take fields over from other managers. */
  force?: boolean | undefined;
}

export interface ReplaceOptions extends RequestOptions {
  subresource?: 'status' | 'approval' | undefined;
}

export interface DeleteOptions extends GetOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  gracePeriodSeconds?: number | undefined;
}

export interface WatchOptions extends GetOptions {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only what happened after it is told. */
  resourceVersion: string;
  /** After which the server ends the watch; the client gives it 30 s more. */
  timeoutSeconds: number;
}

export interface RawOptions extends RequestOptions {
  body?: unknown;
  timeoutMs?: number;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

export interface ApiClient {
  /** Name of the cluster, for logs. */
  readonly cluster: string;
  get<T extends KubeObject>(resource: ResourceName, name: string, o?: GetOptions): Promise<T>;
  list<T extends KubeObject>(resource: ResourceName, o?: ListOptions): Promise<ListResult<T>>;
  create<T extends KubeObject>(resource: ResourceName, object: KubeObject, o?: CreateOptions): Promise<T>;
  patch<T extends KubeObject>(resource: ResourceName, name: string, body: unknown, o: PatchOptions): Promise<T>;
  /** PUT: the whole object, guarded by its resourceVersion. */
  replace<T extends KubeObject>(resource: ResourceName, object: KubeObject, o?: ReplaceOptions): Promise<T>;
  /** The object if it is still there (finalizers, grace), undefined if it is gone. */
  delete(resource: ResourceName, name: string, o?: DeleteOptions): Promise<KubeObject | undefined>;
  watch<T extends KubeObject>(resource: ResourceName, o: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Body of any path, such as `/version`. */
  raw(method: Method, path: string, o?: RawOptions): Promise<string>;
  close(): Promise<void>;
}

/** One API server, one identity. Raw JSON in and out: nothing is parsed into classes, unknown fields stay. */
import { apiVersionOf, type KubeObject, RESOURCES, type ResourceName, resourcePath } from '../api/index.ts';
import type { Credentials } from './credentials.ts';
import { linked, withDeadline } from './deadline.ts';
import { ApiError, DeadlineError, type Status } from './errors.ts';
import { lines } from './lines.ts';
import { withRetries } from './retry.ts';
import { createTransport, type HttpRequest, type Method } from './transport.ts';
import type {
  ApiClient,
  CreateOptions,
  DeleteOptions,
  ListOptions,
  ListResult,
  PatchOptions,
  RawOptions,
  RequestOptions,
  WatchEvent,
  WatchOptions,
} from './types.ts';

export type * from './types.ts';

const REQUEST_TIMEOUT = 30_000;
/** How long after a watch should have ended the client still waits for its end. */
const WATCH_GRACE = 30_000;

const PATCH_TYPE = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface ClientOptions {
  /** Name of the cluster, for logs. */
  cluster: string;
  credentials: Credentials;
  /** Goes into the User-Agent `berth/<component>`. */
  component: string;
  random: () => number;
  /** Deadline of a request with its retries; 30 s if left out. */
  timeoutMs?: number;
}

/** A client; it owns connections until `close`. Its methods reject with the errors of errors.ts. */
export function createClient(o: ClientOptions): ApiClient {
  const transport = createTransport(o.credentials, `berth/${o.component}`);
  const timeoutMs = o.timeoutMs ?? REQUEST_TIMEOUT;

  const text = (request: HttpRequest, signal?: AbortSignal, timeout = timeoutMs) =>
    withDeadline(`${request.method} ${request.path}`, timeout, signal, (deadline) =>
      withRetries(() => transport.text(request, deadline), {
        isRead: request.method === 'GET',
        random: o.random,
        signal: deadline,
      }),
    );

  const json = async <T>(method: Method, path: string, request: Partial<HttpRequest>, options?: RequestOptions) =>
    JSON.parse(await text({ method, path, ...request }, options?.signal)) as T;

  return {
    cluster: o.cluster,
    get: (resource, name, options) => json('GET', resourcePath(resource, options?.namespace, name), {}, options),
    list: <T extends KubeObject>(resource: ResourceName, options: ListOptions = {}) =>
      json<ListResult<T>>('GET', resourcePath(resource, options.namespace) + listQuery(options), {}, options),
    create: (resource, object, options = {}) =>
      json(
        'POST',
        createPath(resource, object, options),
        withBody(complete(resource, object, options), options.as),
        options,
      ),
    patch: (resource, name, body, options) =>
      json('PATCH', patchPath(resource, name, options), withBody(body, undefined, PATCH_TYPE[options.type]), options),
    replace: (resource, object, options = {}) => {
      const { namespace, name } = object.metadata;
      const path = resourcePath(resource, namespaceOf(resource, namespace), name, options.subresource);
      return json('PUT', path, withBody(complete(resource, object, {})), options);
    },
    delete: async (resource, name, options = {}) => {
      const path = resourcePath(resource, options.namespace, name);
      const answer = await json<KubeObject>('DELETE', path, withBody(deleteOptions(options)), options);
      return remains(resource, answer) ? answer : undefined;
    },
    watch: <T extends KubeObject>(resource: ResourceName, options: WatchOptions) =>
      watch<T>(transport.stream, resourcePath(resource, options.namespace) + watchQuery(options), options),
    raw: (method: Method, path: string, options: RawOptions = {}) =>
      text(
        { method, path, ...(options.body !== undefined && withBody(options.body)) },
        options.signal,
        options.timeoutMs,
      ),
    close: () => transport.close(),
  };
}

/** Ends when the server ends it; an ERROR event is thrown as the ApiError that it is. */
async function* watch<T extends KubeObject>(
  open: (request: HttpRequest, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>,
  path: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const ms = options.timeoutSeconds * 1000 + WATCH_GRACE;
  const { controller, release } = linked(options.signal);
  const timer = setTimeout(() => controller.abort(new DeadlineError(`watch ${path}`, ms)), ms);
  try {
    for await (const line of lines(await open({ method: 'GET', path }, controller.signal))) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
      if (event.type === 'ERROR')
        throw new ApiError(event.object.code ?? 500, event.object, { request: `watch ${path}` });
      yield event;
    }
  } finally {
    clearTimeout(timer);
    release();
  }
}

function query(parameters: Record<string, string | number | boolean | undefined>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) parts.push(`${name}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

const listQuery = ({ labelSelector, fieldSelector, limit, continue: token, resourceVersion }: ListOptions) =>
  query({ labelSelector, fieldSelector, limit, continue: token, resourceVersion });

const watchQuery = ({ labelSelector, fieldSelector, resourceVersion, timeoutSeconds }: WatchOptions) =>
  query({ watch: 1, allowWatchBookmarks: true, labelSelector, fieldSelector, resourceVersion, timeoutSeconds });

function createPath(resource: ResourceName, object: KubeObject, o: CreateOptions): string {
  const namespace = namespaceOf(resource, o.namespace ?? object.metadata.namespace);
  const name = o.subresource === undefined ? undefined : (o.name ?? object.metadata.name);
  const { fieldManager } = o;
  return (
    resourcePath(resource, namespace, name, o.subresource) +
    query({ fieldValidation: o.strict ? 'Strict' : undefined, fieldManager })
  );
}

function patchPath(resource: ResourceName, name: string, o: PatchOptions): string {
  const { fieldManager, force } = o;
  return resourcePath(resource, o.namespace, name, o.subresource) + query({ fieldManager, force });
}

/** A namespace in the metadata of a cluster-scoped object must not end up in its path. */
const namespaceOf = (resource: ResourceName, namespace: string | undefined) =>
  RESOURCES[resource].namespaced ? namespace : undefined;

/** Items of lists carry neither apiVersion nor kind, but a write needs both; a subresource has a kind of its own. */
const complete = (resource: ResourceName, object: KubeObject, o: CreateOptions) =>
  o.subresource !== undefined || object.kind !== undefined
    ? object
    : { apiVersion: apiVersionOf(resource), kind: RESOURCES[resource].kind, ...object };

const withBody = (body: unknown, as?: string, contentType = 'application/json') => ({
  body: JSON.stringify(body),
  headers: { 'content-type': contentType, ...(as !== undefined && { 'impersonate-user': as }) },
});

const deleteOptions = ({ uid, resourceVersion, gracePeriodSeconds }: DeleteOptions) => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  gracePeriodSeconds,
  ...((uid ?? resourceVersion) !== undefined && { preconditions: { uid, resourceVersion } }),
});

/** Whether what a delete answered is still there: it waits for its finalizers, or a pod for the end of its grace. */
function remains(resource: ResourceName, { kind, metadata }: KubeObject): boolean {
  if (kind === 'Status' || metadata.deletionTimestamp === undefined) return false;
  if (resource === 'namespaces') return true;
  return (metadata.finalizers?.length ?? 0) > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
}

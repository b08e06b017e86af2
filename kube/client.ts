/** One API server, one identity. Raw JSON in and out: nothing is parsed into classes, unknown fields stay. */
import type { KubeObject, ResourceName } from '../api/index.ts';
import type { Credentials } from './credentials.ts';
import { linked, withDeadline } from './deadline.ts';
import { ApiError, DeadlineError, type Status } from './errors.ts';
import { lines } from './lines.ts';
import * as requests from './requests.ts';
import { withRetries } from './retry.ts';
import { createTransport, type HttpRequest, type Transport } from './transport.ts';
import type { ApiClient, ListOptions, ListResult, WatchEvent, WatchOptions } from './types.ts';

export type * from './types.ts';

const REQUEST_TIMEOUT = 30_000;
const WATCH_GRACE = 30_000;

export interface ClientOptions {
  /** Name of the cluster, for logs. */
  cluster: string;
  credentials: Credentials;
  /** Goes into the User-Agent `berth/<component>`. */
  component: string;
  random: () => number;
  /** Deadline of a request with its retries; 30 s if left out. */
  timeoutMs?: number;
  /** How long after a watch should have ended its end is still waited for; 30 s if left out. */
  watchGraceMs?: number;
}

/** A client that owns connections until `close`. */
export interface Client extends ApiClient {
  /** The same client, whose writes call `fence` just before they leave: if it throws, they reject with that. */
  fenced(fence: () => void): ApiClient;
}

/** Its methods reject with the errors of errors.ts. */
export function createClient(o: ClientOptions): Client {
  const transport = createTransport(o.credentials, `berth/${o.component}`);
  return { ...clientOver(transport, o), fenced: (fence) => clientOver(transport, o, fence) };
}

function clientOver(transport: Transport, o: ClientOptions, fence?: () => void): ApiClient {
  const text = sender(transport, o, fence);
  const json = async <T>(request: HttpRequest, signal?: AbortSignal) => JSON.parse(await text(request, signal)) as T;

  return {
    cluster: o.cluster,
    get: (resource, name, options = {}) => json(requests.getRequest(resource, name, options), options.signal),
    list: <T extends KubeObject>(resource: ResourceName, options: ListOptions = {}) =>
      json<ListResult<T>>(requests.listRequest(resource, options), options.signal),
    create: (resource, object, options = {}) => json(requests.createRequest(resource, object, options), options.signal),
    patch: (resource, name, body, options) =>
      json(requests.patchRequest(resource, name, body, options), options.signal),
    replace: (resource, object, options = {}) =>
      json(requests.replaceRequest(resource, object, options), options.signal),
    delete: async (resource, name, options = {}) => {
      const answer = await json<KubeObject>(requests.deleteRequest(resource, name, options), options.signal);
      return requests.remains(resource, answer) ? answer : undefined;
    },
    watch: <T extends KubeObject>(resource: ResourceName, options: WatchOptions) =>
      watch<T>(transport, requests.watchRequest(resource, options), options, o.watchGraceMs ?? WATCH_GRACE),
    raw: (method, path, { body, signal, timeoutMs } = {}) =>
      text({ method, path, ...(body !== undefined && requests.jsonBody(body)) }, signal, timeoutMs),
    close: () => transport.close(),
  };
}

/** Sends a request, with retries where they do no harm, within a deadline for all of them. */
const sender =
  (transport: Transport, { random, timeoutMs = REQUEST_TIMEOUT }: ClientOptions, fence?: () => void) =>
  (request: HttpRequest, signal?: AbortSignal, ms = timeoutMs) => {
    const isRead = request.method === 'GET';
    const guarded = isRead || fence === undefined ? request : { ...request, fence };
    return withDeadline(`${request.method} ${request.path}`, ms, signal, (deadline) =>
      withRetries(() => transport.text(guarded, deadline), { isRead, random, signal: deadline }),
    );
  };

/** Ends when the server ends it; an ERROR event is thrown as the ApiError that it is. */
async function* watch<T extends KubeObject>(
  transport: Transport,
  request: HttpRequest,
  options: WatchOptions,
  graceMs: number,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const name = `watch ${request.path}`;
  const ms = options.timeoutSeconds * 1000 + graceMs;
  const { controller, release } = linked(options.signal);
  const timer = setTimeout(() => controller.abort(new DeadlineError(name, ms)), ms);
  try {
    for await (const line of lines(await transport.stream(request, controller.signal))) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
      if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object, { request: name });
      yield event;
    }
  } finally {
    clearTimeout(timer);
    release();
  }
}

/** What each verb looks like on the wire. Pure. */
import { apiVersionOf, type KubeObject, RESOURCES, type ResourceName, resourcePath } from '../api/index.ts';
import type { HttpRequest } from './transport.ts';
import type {
  CreateOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  PatchOptions,
  ReplaceOptions,
  WatchOptions,
} from './types.ts';

const PATCH_TYPE = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export const getRequest = (resource: ResourceName, name: string, { namespace }: GetOptions): HttpRequest => ({
  method: 'GET',
  path: resourcePath(resource, namespace, name),
});

export function listRequest(resource: ResourceName, o: ListOptions): HttpRequest {
  const { labelSelector, fieldSelector, limit, continue: token, resourceVersion } = o;
  const parameters = { labelSelector, fieldSelector, limit, continue: token, resourceVersion };
  return { method: 'GET', path: resourcePath(resource, o.namespace) + query(parameters) };
}

export function watchRequest(resource: ResourceName, o: WatchOptions): HttpRequest {
  const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = o;
  const parameters = { labelSelector, fieldSelector, resourceVersion, timeoutSeconds };
  const path = resourcePath(resource, o.namespace) + query({ watch: 1, allowWatchBookmarks: true, ...parameters });
  return { method: 'GET', path };
}

export function createRequest(resource: ResourceName, object: KubeObject, o: CreateOptions): HttpRequest {
  const namespace = namespaceOf(resource, o.namespace ?? object.metadata.namespace);
  const name = o.subresource === undefined ? undefined : (o.name ?? object.metadata.name);
  const parameters = { fieldValidation: o.strict ? 'Strict' : undefined, fieldManager: o.fieldManager };
  const path = resourcePath(resource, namespace, name, o.subresource) + query(parameters);
  // A subresource has a kind of its own.
  const body = o.subresource === undefined ? complete(resource, object) : object;
  return { method: 'POST', path, ...jsonBody(body, { as: o.as }) };
}

export function patchRequest(resource: ResourceName, name: string, body: unknown, o: PatchOptions): HttpRequest {
  const { fieldManager, force } = o;
  const path = resourcePath(resource, o.namespace, name, o.subresource) + query({ fieldManager, force });
  return { method: 'PATCH', path, ...jsonBody(body, { type: PATCH_TYPE[o.type], as: o.as }) };
}

export function replaceRequest(resource: ResourceName, object: KubeObject, o: ReplaceOptions): HttpRequest {
  const { namespace, name } = object.metadata;
  const path = resourcePath(resource, namespaceOf(resource, namespace), name, o.subresource);
  return { method: 'PUT', path, ...jsonBody(complete(resource, object)) };
}

export function deleteRequest(resource: ResourceName, name: string, o: DeleteOptions): HttpRequest {
  const { namespace, uid, resourceVersion, gracePeriodSeconds } = o;
  const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds, preconditions };
  return { method: 'DELETE', path: resourcePath(resource, namespace, name), ...jsonBody(body) };
}

export const jsonBody = (body: unknown, o: { type?: string; as?: string | undefined } = {}) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': o.type ?? 'application/json', ...(o.as !== undefined && { 'impersonate-user': o.as }) },
});

/** Whether what a delete answered is still there: it waits for its finalizers, or a pod for the end of its grace. */
export function remains(resource: ResourceName, { kind, metadata }: KubeObject): boolean {
  if (kind === 'Status' || metadata.deletionTimestamp === undefined) return false;
  if (resource === 'namespaces') return true;
  return (metadata.finalizers?.length ?? 0) > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
}

function query(parameters: Record<string, string | number | boolean | undefined>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) parts.push(`${name}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** A namespace in the metadata of a cluster-scoped object must not end up in its path. */
const namespaceOf = (resource: ResourceName, namespace: string | undefined) =>
  RESOURCES[resource].namespaced ? namespace : undefined;

/** Items of lists carry neither apiVersion nor kind, but a write needs both. */
const complete = (resource: ResourceName, object: KubeObject): KubeObject =>
  object.kind !== undefined
    ? object
    : { apiVersion: apiVersionOf(resource), kind: RESOURCES[resource].kind, ...object };

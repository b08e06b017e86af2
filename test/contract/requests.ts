/** What Argo's controller and its user asked of the API server, as its audit log tells. Pure. */
import { ARGO_USER } from '../cluster/audit.ts';

export type Request = {
  readonly by: 'argo' | 'user';
  readonly verb: string;
  /** With its query. */
  readonly uri: string;
  readonly body?: unknown;
  readonly code: number;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** Version of what it made, where that is told: what had been seen before it has a lower one. */
  readonly version?: number;
};

type AuditEvent = {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly requestObject?: unknown;
  readonly responseObject?: { readonly kind?: string; readonly metadata?: { readonly resourceVersion?: string } };
};

const INTERNAL = 'meta.k8s.io/__internal';
const KINDS = ['pods', 'pods/exec', 'configmaps', 'workflowtaskresults'];

/** A line of the log, if it is such a request in that namespace. */
export function parseRequest(line: string, namespace: string): Request | undefined {
  const event = JSON.parse(line) as AuditEvent;
  const by = senderOf(event);
  if (event.stage !== 'ResponseComplete' || event.objectRef?.namespace !== namespace || by === undefined)
    return undefined;
  const { verb, requestURI: uri, requestObject, responseObject, responseStatus } = event;
  const code = responseStatus?.code ?? 0;
  const isExec = event.objectRef.subresource === 'exec';
  // What was refused is tried again, but for signals, of which the answer is not looked at.
  if (code >= 400 && !isExec) return undefined;
  // What a deletion answers is of an object or a list before it, or in between.
  const version = verb.startsWith('delete') ? 0 : Number(responseObject?.metadata?.resourceVersion);
  return {
    ...{ by, verb: isExec ? 'exec' : verb, uri, code },
    ...(requestObject !== undefined && { body: withoutNoise(requestObject) }),
    at: Date.parse(event.requestReceivedTimestamp),
    ...(version > 0 && responseObject?.kind !== 'Status' && { version }),
  };
}

/** The user is whoever else deletes, by kubectl or Argo's command line. */
function senderOf({ user, userAgent = '', verb, objectRef }: AuditEvent): Request['by'] | undefined {
  const kind = [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/');
  if (user.username === ARGO_USER) return KINDS.includes(kind) ? 'argo' : undefined;
  const deletes = verb === 'delete' && ['pods', 'workflows'].includes(kind);
  return deletes && user.username === 'admin' && !userAgent.startsWith('berth/') ? 'user' : undefined;
}

/** Go writes what it does not say as null, and the status of what does not exist yet; the log, a version of its own. */
function withoutNoise(body: unknown): unknown {
  const told = (value: unknown) => (value === null ? undefined : value === INTERNAL ? 'v1' : value);
  const clean = JSON.parse(JSON.stringify(body, (_, value: unknown) => told(value))) as unknown;
  if (typeof clean !== 'object' || clean === null || !('spec' in clean)) return clean;
  const { status: _, ...object } = clean as Record<string, unknown>;
  return object;
}

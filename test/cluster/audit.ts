import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** User of a real Argo's controller (pki.ts): what it sends is recorded whole, to be replayed where there is no Argo. */
export const ARGO_USER = 'argo';

/** Writes once each, when they have been answered; reads not at all, but that an exec may begin as one. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [
    {
      level: 'RequestResponse',
      users: [ARGO_USER],
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        { group: '', resources: ['pods', 'configmaps'] },
        { group: 'argoproj.io', resources: ['workflowtaskresults'] },
      ],
    },
    {
      level: 'Metadata',
      users: [ARGO_USER],
      verbs: ['get', 'create'],
      resources: [{ group: '', resources: ['pods/exec'] }],
    },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'None' },
  ],
} as const;

/** One answered write, as the API server logged it. */
export type Write = {
  readonly user: string;
  /** Whom the user acted as, if somebody else. */
  readonly impersonated?: string;
  readonly verb: string;
  /** `resource.group`, or the resource alone in the core group. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  /** When the request came, in milliseconds since 1970 by the API server's clock. */
  readonly at: number;
};

export type WriteCount = Omit<Write, 'namespace' | 'name' | 'at'> & { readonly count: number };

export type WriteFilter = {
  /** Writes that came before are not counted; milliseconds since 1970. */
  readonly since?: number;
  /** Which users count; gets the user that was authenticated, not the impersonated one. */
  readonly user?: (user: string) => boolean;
};

/** Counts the writes in an audit log by user, verb, resource, subresource and response code. */
export async function countWrites(auditLogPath: string, filter: WriteFilter = {}): Promise<WriteCount[]> {
  return groupWrites(await readWrites(auditLogPath, filter));
}

/** The writes in an audit log, in the order of their answers. */
export async function readWrites(auditLogPath: string, filter: WriteFilter = {}): Promise<Write[]> {
  const writes: Write[] = [];
  for await (const line of createInterface({ input: createReadStream(auditLogPath), crlfDelay: Infinity })) {
    const write = parseWrite(line);
    if (write !== undefined && matches(write, filter)) writes.push(write);
  }
  return writes;
}

/** Pure: equal writes become one entry with their number, the most frequent first. */
export function groupWrites(writes: readonly Write[]): WriteCount[] {
  const groups = new Map<string, WriteCount>();
  for (const { namespace: _namespace, name: _name, at: _at, ...kind } of writes) {
    const key = JSON.stringify([kind.user, kind.impersonated, kind.verb, kind.resource, kind.subresource, kind.code]);
    groups.set(key, { ...kind, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** Pure: an event's line. Undefined for what is no answered write, and for a line that is not written to its end. */
export function parseWrite(line: string): Write | undefined {
  const event = parseEvent(line);
  if (event?.stage !== 'ResponseComplete' || event.objectRef === undefined) return undefined;
  const { objectRef, impersonatedUser } = event;
  const group = objectRef.apiGroup === undefined ? '' : `.${objectRef.apiGroup}`;
  return {
    user: event.user.username,
    ...(impersonatedUser !== undefined && { impersonated: impersonatedUser.username }),
    verb: event.verb,
    resource: `${objectRef.resource}${group}`,
    subresource: objectRef.subresource ?? '',
    namespace: objectRef.namespace ?? '',
    name: objectRef.name ?? '',
    code: event.responseStatus?.code ?? 0,
    at: Date.parse(event.requestReceivedTimestamp),
  };
}

type AuditEvent = {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
};

function parseEvent(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}

function matches(write: Write, { since, user }: WriteFilter): boolean {
  return (since === undefined || write.at >= since) && (user === undefined || user(write.user));
}

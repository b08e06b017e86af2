/** Who somebody is and what they may do, as their cluster says: its API servers authenticate and authorize for others, too. */
import type { KubeObject } from '../api/index.ts';
import type { ApiClient } from './types.ts';

/** Somebody whom a cluster knows. */
export interface Identity {
  user: string;
  /** Other for another that bears the same name later. */
  uid?: string;
  groups?: string[];
}

/** What somebody wants to do, as in a SubjectAccessReview's `spec.resourceAttributes`. */
export interface ResourceUse {
  verb: string;
  group?: string;
  version?: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

interface TokenReview extends KubeObject {
  status?: {
    authenticated?: boolean;
    audiences?: string[];
    user?: { username?: string; uid?: string; groups?: string[] };
  };
}

interface AccessReview extends KubeObject {
  status?: { allowed?: boolean };
}

export interface BearerOptions {
  /** Whom the token has to be for, one of these; the API server itself if left out. */
  audiences?: readonly string[];
  signal: AbortSignal;
}

/**
 * Whom a header `Bearer …` is of; undefined if it is none or the cluster does not know the token.
 * See kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1.
 */
export async function identifyBearer(
  client: ApiClient,
  authorization: string | undefined,
  { audiences, signal }: BearerOptions,
): Promise<Identity | undefined> {
  const token = /^Bearer ([\w.~+/=-]+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const spec = { token, ...(audiences && { audiences }) };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { name: '' }, spec };
  const { status } = await client.create<TokenReview>('tokenreviews', review, { signal });
  const { username = '', uid, groups = [] } = status?.user ?? {};
  // A cluster that knows nothing of audiences would take any token for good.
  if (audiences !== undefined && !audiences.some((one) => status?.audiences?.includes(one))) return undefined;
  return status?.authenticated === true && username !== ''
    ? { user: username, ...(uid !== undefined && { uid }), groups }
    : undefined;
}

/** Whether the cluster allows it. See kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1. */
export async function mayDo(
  client: ApiClient,
  { user, groups }: Identity,
  resourceAttributes: ResourceUse,
  signal: AbortSignal,
): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: { user, ...(groups && { groups }), resourceAttributes },
  };
  const { status } = await client.create<AccessReview>('subjectaccessreviews', review, { signal });
  return status?.allowed === true;
}

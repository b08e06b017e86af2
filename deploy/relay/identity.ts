/** Who asks the relay, and what they may: the hub decides both. */
import { agentAccount, GROUP, type KubeObject, memberOf, pairNamespace, SYSTEM_NAMESPACE } from '../../api/index.ts';
import type { ApiClient } from '../../kube/index.ts';

interface TokenReview extends KubeObject {
  status?: { authenticated?: boolean; user?: { username?: string } };
}

interface AccessReview extends KubeObject {
  status?: { allowed?: boolean };
}

/**
 * The member whose agent sends this header (`Bearer …`), undefined for anybody else.
 * See kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1.
 */
export async function identify(
  hub: ApiClient,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const token = /^Bearer ([\w.~+/=-]+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: { name: '' },
    spec: { token },
  };
  const { status } = await hub.create<TokenReview>('tokenreviews', review, { signal });
  return status?.authenticated === true ? memberOf(status.user?.username ?? '') : undefined;
}

/** Whether the source may delegate to the target, which is what its bindings in the pair's namespace say. */
export async function mayDial(
  hub: ApiClient,
  { source, target }: { source: string; target: string },
  signal: AbortSignal,
): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: {
      user: `system:serviceaccount:${SYSTEM_NAMESPACE}:${agentAccount(source)}`,
      resourceAttributes: {
        ...{ verb: 'create', group: GROUP, resource: 'poddelegations' },
        namespace: pairNamespace(source, target),
      },
    },
  };
  const { status } = await hub.create<AccessReview>('subjectaccessreviews', review, { signal });
  return status?.allowed === true;
}

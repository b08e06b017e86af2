/** What the kubelet API of virtual nodes asks of its cluster: whom to take for an API server. */
import type { ConfigMap } from '../../api/index.ts';
import { type ApiClient, type Identity, mayDo, unlessMissing } from '../../kube/index.ts';

/** Where API servers publish the authority of their clients, for servers behind them (k8s.io/apiserver, `--client-ca-file`). */
export const CLIENT_AUTHORITY = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };

/** PEM of the authority that signs this cluster's client certificates; undefined if the cluster has none. */
export async function clientAuthority(home: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  const { namespace, name } = CLIENT_AUTHORITY;
  const found = await unlessMissing(home.get<ConfigMap>('configmaps', name, { namespace, signal }));
  return found?.data?.['client-ca-file'];
}

/** What a caller wants of a node. */
export interface NodeUse {
  /** `get` for what only reads; whatever enters a container is `create`, also by WebSockets, whose method is GET. */
  verb: 'get' | 'create';
  node: string;
  /** Of nodes: any of these is enough. */
  subresources: readonly string[];
}

/**
 * Asks the cluster whether the caller may do on this node what needs a kubelet's API, as kubelets do with webhook
 * authorization (kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz).
 */
export async function mayUseNode(
  home: ApiClient,
  caller: Identity,
  { verb, node, subresources }: NodeUse,
  signal: AbortSignal,
): Promise<boolean> {
  for (const subresource of subresources) {
    const use = { verb, version: 'v1', resource: 'nodes', subresource, name: node };
    if (await mayDo(home, caller, use, signal)) return true;
  }
  return false;
}

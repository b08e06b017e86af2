/** Ways through a fault proxy to a cluster of the tests. */
import { stringify } from 'yaml';
import { applyAll } from '../../../kube/apply.ts';
import { createClient } from '../../../kube/client.ts';
import { type Credentials, credentialsFromKubeconfig } from '../../../kube/credentials.ts';
import { serviceAccountCredentials } from '../../../kube/service-account.ts';
import { type FaultProxy, startProxy } from './proxy.ts';

const NAME = 'fault-proxy';
const NAMESPACE = 'kube-system';
const TEN_HOURS = 36_000;

export interface ProxiedCluster extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** With all rights in the cluster. */
  readonly token: string;
}

/** A proxy in front of the cluster of an administrator's kubeconfig (path), and a token for it. */
export async function proxyTo(kubeconfig: string): Promise<ProxiedCluster> {
  const credentials = await credentialsFromKubeconfig(kubeconfig);
  const token = await adminToken(credentials);
  const proxy = await startProxy({ server: credentials.server, ca: credentials.tls.ca });
  return { proxy, token, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

/** What a client of the proxy needs. */
export const credentialsOf = ({ proxy, token }: ProxiedCluster): Credentials => ({
  server: proxy.server,
  tls: { ca: proxy.ca },
  headers: async () => ({ authorization: `Bearer ${token}` }),
});

/** Pure: the text of a kubeconfig that points at the proxy, whose only context has that name. */
export function kubeconfigOf({ proxy, token }: ProxiedCluster, name: string): string {
  const ca = Buffer.from(proxy.ca).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: proxy.server, 'certificate-authority-data': ca } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** A token for a service account with all rights, since client certificates do not pass a proxy. */
async function adminToken(credentials: Credentials): Promise<string> {
  const admin = createClient({ cluster: NAME, credentials, component: 'test', random: Math.random });
  const signal = AbortSignal.timeout(30_000);
  try {
    await applyAll(admin, objects(), signal);
    const account = { namespace: NAMESPACE, name: NAME, now: Date.now, expirationSeconds: TEN_HOURS };
    const headers = await serviceAccountCredentials(admin, credentials, account).headers(signal);
    return (headers['authorization'] ?? '').replace('Bearer ', '');
  } finally {
    await admin.close();
  }
}

const objects = () => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  },
];

/** A real metrics-server in a cluster with a network of its own: a process there, known to the cluster as its manifest has it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentialsFromKubeconfig } from '../../kube/index.ts';
import { apartAt } from '../cluster/apart.ts';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { readEnv } from '../cluster/env.ts';
import { pkiFile } from '../cluster/pki.ts';
import { assertAlive, endProcesses, startProcess } from '../cluster/processes.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { Site } from '../journeys/fleet.ts';

const NAME = 'metrics-server';
const NAMESPACE = 'kube-system';
const API_SERVICE = 'v1beta1.metrics.k8s.io';
/** Of loopback, in the cluster's own network. */
const PORT = 10443;

const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' };
const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

/** As in the manifest of its releases; but the service leads to a process instead of pods. */
const OBJECTS = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE } },
  {
    ...{ ...RBAC, kind: 'ClusterRole', metadata: { name: `system:${NAME}` } },
    rules: [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    ...{ ...RBAC, kind: 'ClusterRoleBinding', metadata: { name: `system:${NAME}` } },
    ...{ roleRef: roleRef('ClusterRole', `system:${NAME}`), subjects },
  },
  {
    ...{ ...RBAC, kind: 'ClusterRoleBinding', metadata: { name: `${NAME}:system:auth-delegator` } },
    ...{ roleRef: roleRef('ClusterRole', 'system:auth-delegator'), subjects },
  },
  {
    ...{ ...RBAC, kind: 'RoleBinding', metadata: { name: `${NAME}-auth-reader`, namespace: NAMESPACE } },
    ...{ roleRef: roleRef('Role', 'extension-apiserver-authentication-reader'), subjects },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: NAME, namespace: NAMESPACE } },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port: PORT }] },
  },
  {
    ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: API_SERVICE } },
    spec: {
      ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      ...{ insecureSkipTLSVerify: true, service: { name: NAME, namespace: NAMESPACE, port: PORT } },
    },
  },
];

/** Resolves when the API is there, which knows no figures yet. Disposing it ends the process and takes the API away. */
export async function startMetricsServer(site: Site): Promise<AsyncDisposable> {
  const env = readEnv();
  const binaries = await ensureBinaries([NAME], { env, log: console.log });
  const list = { apiVersion: 'v1', kind: 'List', items: OBJECTS };
  await site.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  const kubeconfig = await kubeconfigOf(site);
  const server = await startProcess({
    ...{ name: NAME, command: pathOf(binaries, NAME), stateDir: site.folder, env: env.processEnv },
    netns: apartAt(site.folder).netns,
    args: [
      ...['--kubeconfig', '--authentication-kubeconfig', '--authorization-kubeconfig'].flatMap((of) => [
        of,
        kubeconfig,
      ]),
      ...['--bind-address', '127.0.0.1', '--secure-port', `${PORT}`, '--cert-dir', join(site.folder, NAME)],
      // As the manifest has it. Certificates of kubelets, the virtual node's too, are of the cluster's authority.
      ...['--kubelet-preferred-address-types', 'InternalIP', '--kubelet-use-node-status-port'],
      ...['--kubelet-certificate-authority', pkiFile(site.folder, 'ca.crt'), '--metric-resolution', '15s'],
    ],
  });
  const serves = async () => {
    assertAlive(server, site.folder);
    await site.kubectl(['wait', '--for=condition=Available', `apiservice/${API_SERVICE}`, '--timeout=2s']);
    return true;
  };
  const end = async () => {
    await endProcesses([server]);
    await site.kubectl(['delete', 'apiservice', API_SERVICE]);
  };
  try {
    const what = `the metrics API of ${site.name} (${join(site.folder, `${NAME}.log`)})`;
    await waitUntil(serves, { what, timeout: 90_000, interval: 500 });
  } catch (error) {
    await end();
    throw error;
  }
  return { [Symbol.asyncDispose]: end };
}

/** By a token only, as in a pod. */
async function kubeconfigOf(site: Site): Promise<string> {
  const { server } = await credentialsFromKubeconfig(site.kubeconfig);
  const token = (await site.kubectl(['create', 'token', NAME, '-n', NAMESPACE])).trim();
  const cluster = { server, 'certificate-authority': pkiFile(site.folder, 'ca.crt') };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': NAME },
    clusters: [{ name: NAME, cluster }],
    users: [{ name: NAME, user: { token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
  };
  const file = join(site.folder, `${NAME}.kubeconfig`);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

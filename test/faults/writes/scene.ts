/** Two clusters with Berth between them, which reaches both through fault proxies. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ANNOTATION, type KubeObject, type Pod } from '../../../api/index.ts';
import { createClient } from '../../../kube/client.ts';
import { credentialsFromKubeconfig } from '../../../kube/credentials.ts';
import type { Store } from '../../../kube/store.ts';
import type { ApiClient } from '../../../kube/types.ts';
import { startBerth } from '../../berth.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { watchPods } from '../../pod-watch.ts';
import { kubeconfigOf, proxyTo } from '../proxy/access.ts';
import type { FaultProxy } from '../proxy/proxy.ts';
import { type Case, NAMESPACE, SOURCE, TARGET } from './table.ts';

export interface Side {
  readonly proxy: FaultProxy;
  /** Past the proxy. */
  readonly client: ApiClient;
  /** Of the namespace of this test. */
  readonly pods: Store<Pod>;
  readonly auditLog: string;
}

export interface Scene extends AsyncDisposable {
  readonly source: Side;
  readonly target: Side;
  readonly logFile: string;
}

export async function startScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'berth-writes-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const signal = signalOf(stack);
  const open = async (name: typeof SOURCE | typeof TARGET) => {
    const { kubeconfig, auditLog } = inject('faults')[name];
    const proxied = stack.use(await proxyTo(kubeconfig));
    const file = join(folder, `${name}.kubeconfig`);
    await writeFile(file, kubeconfigOf(proxied, name), { mode: 0o600 });
    const credentials = await credentialsFromKubeconfig(kubeconfig);
    const client = createClient({ cluster: name, credentials, component: 'tests', random: Math.random });
    stack.defer(() => client.close());
    await openNamespace(client);
    const pods = await watchPods(client, NAMESPACE, signal);
    return { name, kubeconfig: file, proxy: proxied.proxy, client, pods, auditLog };
  };
  const members = [await open(SOURCE), await open(TARGET)] as const;
  const [source, target] = members;
  const logFile = join(folder, 'berth.log');
  stack.use(await startBerth({ hub: source, members, logFile }));
  const all = stack.move();
  return { source, target, logFile, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function signalOf(stack: AsyncDisposableStack): AbortSignal {
  const watching = new AbortController();
  stack.defer(() => watching.abort());
  return watching.signal;
}

async function openNamespace(client: ApiClient): Promise<void> {
  await client.create('namespaces', { metadata: { name: NAMESPACE } });
  const ready = async () => (await client.get('serviceaccounts', 'default', { namespace: NAMESPACE })) !== undefined;
  await waitUntil(ready, { what: 'pods can be created', timeout: 20_000 });
}

const GATE = 'test/rules';

/** Long enough for all of them to be told as running first, also on a machine that is busy. */
const DURATION = '8s';

/** Creates the pod of a case. Nothing happens to it before its gate opens, so that rules can be made for it. */
export function createGated(client: ApiClient, { name, isDeleted, exitCode }: Case): Promise<Pod> {
  const duration = { 'sim/duration': isDeleted ? 'forever' : DURATION };
  const exit = exitCode === 0 ? {} : { 'sim/exit-code': String(exitCode) };
  return client.create<Pod>('pods', {
    metadata: { name, namespace: NAMESPACE, annotations: { [ANNOTATION.elect]: '', ...duration, ...exit } },
    spec: {
      restartPolicy: 'Never',
      schedulingGates: [{ name: GATE }],
      containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '10m' } } }],
    },
  } as KubeObject);
}

export const openGate = (client: ApiClient, name: string): Promise<Pod> =>
  client.patch<Pod>('pods', name, { spec: { schedulingGates: null } }, { type: 'merge', namespace: NAMESPACE });

/** A pod of cluster1 that runs in cluster2, another that runs at home, and everybody who has to do with them. */
import { inject } from 'vitest';
import { ANNOTATION, agentAccount, type PodDelegation, pairNamespace, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { SCHEDULER_ACCOUNT } from '../../cli/install/hub.ts';
import { AGENT_ACCOUNT } from '../../cli/install/member.ts';
import {
  type ApiClient,
  createClient,
  credentialsFromKubeconfig,
  serviceAccountCredentials,
} from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { type ClusterName, Scene } from '../placement/scene.ts';

export const PAIR = pairNamespace('cluster1', 'cluster2');
export const HOME_PAIR = pairNamespace('cluster1', 'cluster1');

export interface Stage {
  scene: Scene;
  /** UID of the proxy whose delegate is in cluster2. */
  uid: string;
  /** UID of the one whose delegate is in cluster1 itself. */
  homeUid: string;
  scheduler: ApiClient;
  /** The agent of cluster1 on the hub. */
  source: ApiClient;
  /** The agent of cluster2 on the hub. */
  target: ApiClient;
  /** The agent of cluster2 at home. */
  agent: ApiClient;
  close(): Promise<void>;
}

export async function administrator(at: ClusterName): Promise<ApiClient> {
  const credentials = await credentialsFromKubeconfig(inject('placement')[at].kubeconfig);
  return createClient({ cluster: at, credentials, component: 'test', random: Math.random });
}

/** With a token of the service account, as our own processes have them. */
async function actAs(admin: ApiClient, at: ClusterName, name: string): Promise<ApiClient> {
  const base = await credentialsFromKubeconfig(inject('placement')[at].kubeconfig);
  const now = () => Date.now();
  const credentials = serviceAccountCredentials(admin, base, { namespace: SYSTEM_NAMESPACE, name, now });
  return createClient({ cluster: at, credentials, component: 'test', random: Math.random });
}

async function delegated(scene: Scene, name: string, target: ClusterName): Promise<string> {
  const { metadata } = await scene.elect(name, { annotations: { [ANNOTATION.clusterName]: target } });
  await scene.berthOf(name);
  return metadata.uid ?? '';
}

/** Ends the scene's pods: as long as one is there, its pair is in use, which another test may want to be closed. */
async function withdrawAll(hub: ApiClient, namespace: string): Promise<void> {
  await hub.raw('DELETE', `/api/v1/namespaces/${namespace}/pods`);
  const gone = async () => {
    const { items } = await hub.list<PodDelegation>('poddelegations');
    return items.every(({ spec }) => spec.source !== 'cluster1' || spec.pod.namespace !== namespace);
  };
  await waitUntil(gone, { what: `no delegation of ${namespace} is left`, timeout: 60_000 });
}

/** @param name of the namespace, in both clusters. */
export async function openStage(name: string): Promise<Stage> {
  const [cluster1, cluster2] = await Promise.all([administrator('cluster1'), administrator('cluster2')]);
  const scene = new Scene(name, { cluster1, cluster2 });
  await Promise.all([scene.open('cluster1'), scene.open('cluster2')]);
  await scene.addNode('cluster1', { name: 'home', cpu: '1' });
  await scene.addNode('cluster2', { name: 'away', cpu: '1' });
  const [scheduler, source, target, agent] = await Promise.all([
    actAs(cluster1, 'cluster1', SCHEDULER_ACCOUNT),
    actAs(cluster1, 'cluster1', agentAccount('cluster1')),
    actAs(cluster1, 'cluster1', agentAccount('cluster2')),
    actAs(cluster2, 'cluster2', AGENT_ACCOUNT),
  ]);
  const uid = await delegated(scene, 'work', 'cluster2');
  const homeUid = await delegated(scene, 'homework', 'cluster1');
  const clients = [scheduler, source, target, agent, cluster1, cluster2];
  const close = async () => {
    await withdrawAll(cluster1, name);
    await Promise.all(clients.map((client) => client.close()));
  };
  return { scene, uid, homeUid, scheduler, source, target, agent, close };
}

/** Options of a patch. */
export const merge = (namespace?: string) => ({ type: 'merge', namespace }) as const;
export const status = (namespace?: string) => ({ ...merge(namespace), subresource: 'status' }) as const;

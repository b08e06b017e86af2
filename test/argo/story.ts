/** The life of a step on simulated nodes, whose executor the test plays. */
import { expect } from 'vitest';
import { ARGO, DELEGATE, isTerminal, type Pod, type WorkflowTaskResult } from '../../api/index.ts';
import { unlessMissing } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import type { ClusterName, Scene } from '../placement/scene.ts';
import { executorOf, step } from './step.ts';

export const within = (what: string) => ({ what, timeout: 20_000, interval: 50 });

export async function resultIn(
  scene: Scene,
  cluster: ClusterName,
  name: string,
): Promise<WorkflowTaskResult | undefined> {
  const namespace = scene.name;
  return unlessMissing(scene.clients[cluster].get<WorkflowTaskResult>('workflowtaskresults', name, { namespace }));
}

/** Waits until the result of a step is at home (cluster1 unless told), and looks so. */
export async function toldAtHome(
  scene: Scene,
  name: string,
  isSo: (result: WorkflowTaskResult) => boolean = () => true,
  home: ClusterName = 'cluster1',
): Promise<WorkflowTaskResult> {
  let found: WorkflowTaskResult | undefined;
  const told = async () => {
    found = await resultIn(scene, home, `${name}-node`);
    return found !== undefined && isSo(found);
  };
  await waitUntil(told, within(`the result of ${name} is at home`));
  return found ?? expect.unreachable();
}

export const completed = ({ metadata }: WorkflowTaskResult): string | undefined => metadata.labels?.[ARGO.reported];

export type Started = Awaited<ReturnType<typeof started>>;

/** Submits a step at home (cluster1 unless told) that is to run in `cluster`; it runs on return. */
export async function started(scene: Scene, name: string, cluster: ClusterName, home: ClusterName = 'cluster1') {
  await scene.addNode(cluster, { name: `${name}-${home}`, cpu: '4' });
  const proxy = await scene.clients[home].create<Pod>('pods', step(scene, name, cluster));
  let delegate: Pod | undefined;
  const runs = async () => {
    const { items } = await scene.clients[cluster].list<Pod>('pods', { namespace: scene.name });
    delegate = items.find(({ metadata }) => metadata.annotations?.[DELEGATE.proxyUid] === proxy.metadata.uid);
    return delegate?.status?.phase === 'Running';
  };
  await waitUntil(runs, within(`the delegate of ${name} runs`));
  if (delegate === undefined) expect.unreachable();
  return { proxy, delegate, home, executor: executorOf(scene, cluster, delegate) };
}

/** Lets kwok end the delegate, and waits until the proxy has ended. */
export async function ends(scene: Scene, cluster: ClusterName, { proxy, delegate, home }: Started): Promise<Pod> {
  const annotations = { 'sim/duration': '1ms' };
  const namespace = scene.name;
  const options = { type: 'merge', namespace } as const;
  await scene.clients[cluster].patch('pods', delegate.metadata.name, { metadata: { annotations } }, options);
  let now = proxy;
  const ended = async () => {
    now = await scene.clients[home].get<Pod>('pods', proxy.metadata.name, { namespace });
    return isTerminal(now.status);
  };
  await waitUntil(ended, within(`${proxy.metadata.name} has ended`));
  return now;
}

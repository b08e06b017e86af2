import { ANNOTATION, type Pod } from '../../api/index.ts';
import { NAMESPACE, type Site } from './ground.ts';

/** How many creates are on their way at once, for each cluster. */
const IN_FLIGHT = 32;

/** A pod that runs for that long (as in Go) on a simulated node. */
export const plain = (name: string, duration: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, annotations: { 'sim/duration': duration } },
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
  },
});

export const elected = (name: string, duration: string): Pod => {
  const pod = plain(name, duration);
  const annotations = { ...pod.metadata.annotations, [ANNOTATION.elect]: '' };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
};

/** Creates pods, a few at a time, and returns the UID of each by its name. */
export async function createAll(
  { client }: Site,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const uids = new Map<string, string>();
  await fewAtATime(pods, async (pod) => {
    const created = await client.create<Pod>('pods', pod, { signal });
    uids.set(created.metadata.name, created.metadata.uid ?? '');
  });
  return uids;
}

/** Deletes pods by name as their user would, a few at a time. */
export const deleteAll = ({ client }: Site, names: readonly string[], signal: AbortSignal): Promise<void> =>
  fewAtATime(names, async (name) => {
    await client.delete('pods', name, { namespace: NAMESPACE, signal });
  });

/** Does `work` for all items, a few at a time. */
export async function fewAtATime<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

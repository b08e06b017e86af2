/** What happens on a journey, as verbs. Every wait has a deadline, and its error says what was there instead. */
import { DELEGATE, type KubeObject, type Pod, type PodDelegation } from '../../api/index.ts';
import { isNotFound } from '../../kube/index.ts';
import { Hopeless, waitUntil } from '../cluster/wait.ts';
import type { Journey, Site } from './fleet.ts';

/** Milliseconds that anything that needs no waiting may take on a machine where all journeys run at once. */
const SOON = 30_000;
const INTERVAL = 200;

/** The first value that `look` finds. Throws when the time (milliseconds) is over, with the error that `look` threw. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, within = SOON): Promise<T> {
  let found: T | undefined;
  const check = async () => {
    found = await look();
    return found !== undefined;
  };
  await waitUntil(check, { what, timeout: within, interval: INTERVAL });
  if (found === undefined) throw new Hopeless(what);
  return found;
}

/** Creates an object in the journey's source as its user would. Fails with the API server's words. */
export async function submit({ source, namespace }: Journey, object: KubeObject): Promise<void> {
  await source.kubectl(['create', '-n', namespace, '-f', '-'], { input: JSON.stringify(object) });
}

/** All pods of the journey's namespace in one of its clusters. */
export async function podsIn({ namespace }: Journey, site: Site, labelSelector?: string): Promise<Pod[]> {
  const { items } = await site.api.list<Pod>('pods', { namespace, labelSelector });
  return items;
}

/** Waits until a pod looks as wanted. */
export function podThat(site: Site, { metadata }: KubeObject, [what, isSo]: Wanted, within?: number): Promise<Pod> {
  const { name, namespace } = metadata;
  const look = async () => {
    const pod = await site.api.get<Pod>('pods', name, { namespace });
    if (!isSo(pod)) throw new Error(`it is ${JSON.stringify(pod.status)}`);
    return pod;
  };
  return eventually(`pod ${name} of ${site.name} ${what}`, look, within);
}

/** Waits until a proxy looks as wanted. */
export const proxyThat = ({ source, namespace }: Journey, name: string, wanted: Wanted, within?: number) =>
  podThat(source, { metadata: { name, namespace } }, wanted, within);

/** What a pod is to look like: words for the error, and the test. */
export type Wanted = readonly [what: string, isSo: (pod: Pod) => boolean];

const phase = (wanted: string): Wanted => [`is ${wanted}`, ({ status }) => status?.phase === wanted];
export const succeeded = phase('Succeeded');
export const failed = phase('Failed');
export const running = phase('Running');

/** The delegates of a proxy that the target has now; several would be a bug, and one that ended counts too. */
export async function delegatesOf(journey: Journey, proxy: Pod): Promise<Pod[]> {
  const pods = await podsIn(journey, journey.target);
  return pods.filter(({ metadata }) => metadata.annotations?.[DELEGATE.proxyUid] === proxy.metadata.uid);
}

/** The one delegate of a proxy, once it is there (and looks as wanted). */
export function delegateOf(journey: Journey, proxy: Pod, [what, isSo]: Wanted = ['is there', () => true]) {
  return eventually(`the delegate of ${proxy.metadata.name} ${what}`, async () => {
    const [delegate, ...more] = await delegatesOf(journey, proxy);
    if (more.length > 0) throw new Hopeless(`${more.length + 1} delegates for ${proxy.metadata.name}`);
    if (delegate !== undefined && !isSo(delegate)) throw new Error(`it is ${JSON.stringify(delegate.status)}`);
    return delegate;
  });
}

/** Deletes a pod as a user would, without waiting. */
export async function deletePod(site: Site, { metadata }: Pod, ...options: string[]): Promise<void> {
  const { name, namespace = '' } = metadata;
  await site.kubectl(['delete', 'pod', name, '-n', namespace, '--wait=false', ...options]);
}

/** Deletes a proxy. */
export const remove = ({ source }: Journey, proxy: Pod) => deletePod(source, proxy);

/** Waits until that very pod is gone from a cluster. */
export async function gone(site: Site, { metadata: { name, namespace, uid } }: Pod, within?: number): Promise<void> {
  const look = async () => {
    try {
      const there = await site.api.get<Pod>('pods', name, { namespace });
      return there.metadata.uid === uid ? undefined : true;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  };
  await eventually(`${name} is gone from ${site.name}`, look, within);
}

/** Waits until the hub knows nothing about the journey's pods any more. */
export async function forgotten(journey: Journey, within?: number): Promise<void> {
  const look = async () => {
    const left = await onHub(journey);
    if (left.length > 0) throw new Error(`there is still ${left.join(', ')}`);
    return true;
  };
  await eventually('the hub holds nothing of this journey', look, within);
}

/** Kinds and names of what the hub holds about the journey's pods. */
async function onHub({ hub, namespace }: Journey): Promise<string[]> {
  const kinds = ['podobservations', 'poddecisions', 'poddelegations'] as const;
  // What the three have in common: spec.pod says whom they are about.
  const lists = await Promise.all(kinds.map((kind) => hub.api.list<PodDelegation>(kind)));
  return lists.flatMap(({ items }, index) =>
    items
      .filter(({ spec }) => spec.pod.namespace === namespace)
      .map(({ metadata, spec }) => `${kinds[index]} ${metadata.namespace}/${spec.pod.name}`),
  );
}

/** Lets a container of `untilLetEnd` end, whatever the state of Berth. */
export async function letEnd({ target }: Journey, { metadata: { name, namespace = '' } }: Pod): Promise<void> {
  try {
    await target.kubectl(['exec', '-n', namespace, name, '--', 'touch', '/tmp/end']);
  } catch (error) {
    // The container may end before the command in it has: then that is killed.
    if (!String(error).includes('exit code 137')) throw error;
  }
}

/** What a pod wrote, from its own cluster. */
export const logsOf = (site: Site, { metadata: { name, namespace = '' } }: Pod): Promise<string> =>
  site.kubectl(['logs', '-n', namespace, name]);

/** Whether a pod's Ready condition is True. */
export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

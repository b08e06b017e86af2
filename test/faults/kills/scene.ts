/** What a test of one pod looks at: both clusters as their admin, and every delegate that there ever was. */
import { DELEGATE, type Pod } from '../../../api/index.ts';
import { type ApiClient, isNotFound } from '../../../kube/index.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { watchPods } from '../../pod-watch.ts';
import { electedPod, type Ground, NAMESPACE } from '../ground.ts';

const LIMIT = 60_000;

export class Scene {
  readonly #source: ApiClient;
  readonly #target: ApiClient;
  readonly #signal: AbortSignal;
  /** UIDs of all delegates seen so far, by the UID of their proxy. */
  readonly #delegates = new Map<string, Set<string>>();
  /** How each delegate was when it was last seen, by the UID of its proxy. */
  readonly #last = new Map<string, Pod>();

  private constructor(source: ApiClient, target: ApiClient, signal: AbortSignal) {
    this.#source = source;
    this.#target = target;
    this.#signal = signal;
  }

  static async open({ source, target }: Ground, signal: AbortSignal): Promise<Scene> {
    const scene = new Scene(source, target, signal);
    const pods = await watchPods(target, NAMESPACE, signal);
    pods.subscribe(({ now }: { now?: Pod }) => now && scene.#see(now));
    return scene;
  }

  /** Creates an elected pod that runs in the target for so long (as in Go); resolves to its proxy. */
  create(name: string, duration: string): Promise<Pod> {
    return this.#source.create<Pod>('pods', electedPod(name, duration), { signal: this.#signal });
  }

  /** Resolves to the proxy when it has ended. */
  async ended(name: string): Promise<Pod> {
    let pod: Pod | undefined;
    const over = async () => {
      pod = await this.#source.get<Pod>('pods', name, { namespace: NAMESPACE, signal: this.#signal });
      if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return true;
      throw new Error(`it is ${JSON.stringify(pod.status?.phase)}, ${JSON.stringify(pod.status?.conditions)}`);
    };
    await waitUntil(over, { what: `${name} has ended`, timeout: LIMIT, signal: this.#signal });
    if (pod === undefined) throw new Error(`${name} was not seen`);
    return pod;
  }

  async delete(name: string): Promise<void> {
    await this.#source.delete('pods', name, { namespace: NAMESPACE, signal: this.#signal });
  }

  /** Resolves when neither cluster has any trace of the proxy with that name and UID. */
  async forgotten(name: string, uid: string): Promise<void> {
    const gone = async () => {
      const [proxy, ...rest] = await Promise.all([this.#proxy(name), ...this.#traces(uid)]);
      const left = [...(proxy?.metadata.uid === uid ? ['proxy'] : []), ...rest.flat()];
      if (left.length === 0) return true;
      throw new Error(`left: ${left.join(', ')}`);
    };
    await waitUntil(gone, { what: `no trace of ${name} is left`, timeout: LIMIT, signal: this.#signal });
  }

  /** How many delegates there ever were for a proxy. */
  delegates(uid: string): number {
    return this.#delegates.get(uid)?.size ?? 0;
  }

  /** Whether the proxy says of its end what its delegate said: phase, exit codes and times of every container. */
  isTruthful(proxy: Pod): boolean {
    const delegate = this.#last.get(proxy.metadata.uid ?? '');
    const said = (pod: Pod | undefined) =>
      JSON.stringify([
        pod?.status?.phase,
        pod?.status?.containerStatuses?.map(({ name, state }) => [
          name,
          state?.terminated?.exitCode,
          state?.terminated?.finishedAt,
        ]),
      ]);
    return delegate !== undefined && said(delegate) === said(proxy);
  }

  #see(pod: Pod): void {
    const proxy = pod.metadata.annotations?.[DELEGATE.proxyUid] ?? 'nobody';
    const uids = this.#delegates.get(proxy) ?? new Set();
    this.#delegates.set(proxy, uids.add(pod.metadata.uid ?? ''));
    this.#last.set(proxy, pod);
  }

  async #proxy(name: string): Promise<Pod | undefined> {
    try {
      return await this.#source.get<Pod>('pods', name, { namespace: NAMESPACE, signal: this.#signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #traces(uid: string): Promise<string[]>[] {
    const signal = this.#signal;
    const onHub = (['podobservations', 'poddecisions', 'poddelegations'] as const).map(async (resource) => {
      const { items } = await this.#source.list(resource, { signal });
      return items.filter(({ metadata }) => metadata.name === uid).map(() => resource);
    });
    const inTarget = this.#target
      .list<Pod>('pods', { namespace: NAMESPACE, signal })
      .then(({ items }) =>
        items.filter(({ metadata }) => metadata.annotations?.[DELEGATE.proxyUid] === uid).map(() => 'delegate'),
      );
    return [...onHub, inTarget];
  }
}

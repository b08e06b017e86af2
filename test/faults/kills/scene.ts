/** What a test of one pod does and looks at, as the user of both clusters. */
import { isTerminal, type Pod } from '../../../api/index.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { Census } from '../census.ts';
import { endsAlike } from '../chaos/judge.ts';
import { electedPod, type Ground, NAMESPACE } from '../ground.ts';
import { countLeft } from '../left.ts';

const LIMIT = 60_000;

export class Scene {
  readonly #ground: Ground;
  readonly #census: Census;
  readonly #signal: AbortSignal;

  constructor(ground: Ground, census: Census, signal: AbortSignal) {
    this.#ground = ground;
    this.#census = census;
    this.#signal = signal;
  }

  /** Creates an elected pod that runs in the target for so long (as in Go); resolves to the UID of its proxy. */
  async create(name: string, duration: string): Promise<string> {
    const pod = electedPod(name, duration);
    const { metadata } = await this.#ground.source.create<Pod>('pods', pod, { signal: this.#signal });
    return metadata.uid ?? '';
  }

  /** Resolves to whether the proxy, when it has ended, says of its end what its delegate says. */
  async endsTruly(uid: string): Promise<boolean> {
    const over = () => isTerminal(this.#census.proxy(uid)?.status);
    await waitUntil(over, { what: `${uid} has ended`, timeout: LIMIT, signal: this.#signal });
    const [proxy, delegate] = [this.#census.proxy(uid), this.#census.delegateOf(uid)];
    return proxy !== undefined && delegate !== undefined && endsAlike(proxy, delegate);
  }

  async delete(name: string): Promise<void> {
    await this.#ground.source.delete('pods', name, { namespace: NAMESPACE, signal: this.#signal });
  }

  /** Resolves when neither cluster has any trace of any pod; there is one at a time. */
  async forgotten(): Promise<void> {
    const left = await countLeft(this.#ground, AbortSignal.any([this.#signal, AbortSignal.timeout(LIMIT)]));
    if (left.length > 0) throw new Error(`left: ${left.join(', ')}`);
  }

  /** How many delegates there ever were for a proxy. */
  delegates(uid: string): number {
    return this.#census.delegates.get(uid)?.length ?? 0;
  }
}

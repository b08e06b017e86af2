/** Every proxy and every delegate that there ever was, in the order in which the API servers told of them. */
import { DELEGATE, isTerminal, type Pod } from '../../api/index.ts';
import type { Store } from '../../kube/index.ts';
import { watchPods } from '../pod-watch.ts';
import type { DelegateHistory } from './chaos/judge.ts';
import { type Ground, NAMESPACE } from './ground.ts';

type Change = { old?: Pod; now?: Pod };

export class Census {
  readonly #delegates = new Map<string, DelegateHistory[]>();
  readonly #byUid = new Map<string, DelegateHistory>();
  readonly #proxies = new Map<string, Pod>();
  /** UIDs of proxies that had ended and then had not. */
  readonly revived = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #order = 0;

  private constructor(source: Store<Pod>, target: Store<Pod>) {
    source.subscribe((change: Change) => this.#changed(change, this.#see, this.#lose));
    target.subscribe((change: Change) => this.#changed(change, this.#seeDelegate, this.#loseDelegate));
  }

  /** Of all pods of the ground, from now until the signal. */
  static async take({ source, target }: Ground, signal: AbortSignal): Promise<Census> {
    return new Census(await watchPods(source, NAMESPACE, signal), await watchPods(target, NAMESPACE, signal));
  }

  /** By the UID of their proxy. */
  get delegates(): ReadonlyMap<string, readonly DelegateHistory[]> {
    return this.#delegates;
  }

  /** Undefined before it was told of, and once it is gone. */
  proxy(uid: string): Pod | undefined {
    return this.#proxies.get(uid);
  }

  /** A delegate of the proxy that is there now. */
  delegateOf(uid: string): Pod | undefined {
    return this.#delegates.get(uid)?.find(({ to }) => to === undefined)?.last;
  }

  /** Resolves as soon as `check` holds; rejects with the signal's reason if that comes first. */
  until(check: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!check() && !signal.aborted) return;
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  #changed({ old, now }: Change, see: (pod: Pod) => void, lose: (pod: Pod) => void): void {
    this.#order++;
    // Another pod of the same name.
    if (old !== undefined && uidOf(old) !== (now && uidOf(now))) lose(old);
    if (now !== undefined) see(now);
    for (const look of [...this.#waiting]) look();
  }

  readonly #see = (pod: Pod): void => {
    const old = this.#proxies.get(uidOf(pod));
    if (isTerminal(old?.status) && !isTerminal(pod.status)) this.revived.add(uidOf(pod));
    this.#proxies.set(uidOf(pod), pod);
  };

  readonly #lose = (pod: Pod): void => {
    this.#proxies.delete(uidOf(pod));
  };

  readonly #seeDelegate = (pod: Pod): void => {
    const known = this.#byUid.get(uidOf(pod));
    if (known !== undefined) {
      known.last = pod;
      return;
    }
    const history = { uid: uidOf(pod), from: this.#order, to: undefined, last: pod };
    const proxy = pod.metadata.annotations?.[DELEGATE.proxyUid] ?? 'nobody';
    this.#byUid.set(history.uid, history);
    this.#delegates.set(proxy, [...(this.#delegates.get(proxy) ?? []), history]);
  };

  readonly #loseDelegate = (pod: Pod): void => {
    const known = this.#byUid.get(uidOf(pod));
    if (known !== undefined) known.to = this.#order;
  };
}

const uidOf = ({ metadata }: Pod): string => metadata.uid ?? '';

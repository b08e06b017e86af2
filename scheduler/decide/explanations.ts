/** Why pods wait, once per class of pods that are alike. */
import type { ClusterReason } from '../place/choose.ts';

export interface Explanation {
  message: string;
  clusters: ClusterReason[];
}

export class Explanations {
  readonly #classOf = new Map<string, string>();
  readonly #classes = new Map<string, { pods: Set<string>; why?: Explanation }>();

  /** The pod `key` waits, and belongs to this class. */
  join(key: string, classKey: string): void {
    if (this.#classOf.get(key) === classKey) return;
    this.leave(key);
    this.#classOf.set(key, classKey);
    const known = this.#classes.get(classKey);
    if (known !== undefined) known.pods.add(key);
    else this.#classes.set(classKey, { pods: new Set([key]) });
  }

  /** The pod no longer waits. */
  leave(key: string): void {
    const classKey = this.#classOf.get(key);
    if (classKey === undefined) return;
    this.#classOf.delete(key);
    const known = this.#classes.get(classKey);
    known?.pods.delete(key);
    if (known?.pods.size === 0) this.#classes.delete(classKey);
  }

  /** @returns the pods to whom this is news. */
  explain(classKey: string, why: Explanation): Iterable<string> {
    const known = this.#classes.get(classKey);
    if (known === undefined || known.why?.message === why.message) return [];
    known.why = why;
    return known.pods;
  }

  of(key: string): Explanation | undefined {
    return this.#classes.get(this.#classOf.get(key) ?? '')?.why;
  }
}

/** Requests per node of all pods that are not Berth's delegates, kept up to date change by change (pure bookkeeping). */
import { type Amounts, addAmounts, DELEGATE, isTerminal, type Pod, podRequests } from '../../api/index.ts';

/** Delegates do not count: the scheduler knows what it promised, and counts that itself (invariant 6). */
function nodeOf(pod: Pod | undefined): string | undefined {
  if (pod === undefined || isTerminal(pod.status) || pod.metadata.labels?.[DELEGATE.source] !== undefined)
    return undefined;
  return pod.spec.nodeName;
}

export class Usage {
  readonly #byNode = new Map<string, Amounts>();

  /** Requests on a node; nothing if no pod is bound to it. */
  on(node: string): Amounts {
    return this.#byNode.get(node) ?? {};
  }

  /** Accounts for one change of a pod; returns the nodes whose usage may have changed. */
  apply(old: Pod | undefined, now: Pod | undefined): string[] {
    const before = nodeOf(old);
    const after = nodeOf(now);
    if (before === undefined && after === undefined) return [];
    if (before !== undefined && old !== undefined) this.#add(before, podRequests(old.spec), -1);
    if (after !== undefined && now !== undefined) this.#add(after, podRequests(now.spec), 1);
    return [before, after].filter((node) => node !== undefined);
  }

  #add(node: string, requests: Amounts, times: 1 | -1): void {
    const sum = addAmounts(this.#byNode.get(node) ?? {}, requests, times);
    if (sum['pods'] === 0)
      this.#byNode.delete(node); // the last pod: nodes come and go by the thousand
    else this.#byNode.set(node, sum);
  }
}

import { isTerminal, type Pod } from '../../api/index.ts';
import { abortable } from '../../kube/deadline.ts';

type Mark = Record<'running' | 'ended', PromiseWithResolvers<number>>;

/** When pods were first seen to run and to have ended, by name; times are of the given clock. */
export class Sightings {
  readonly #marks = new Map<string, Mark>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes in what a watch shows of a pod. Who has ended has run. */
  see({ metadata: { name }, status }: Pod): void {
    const ended = isTerminal(status);
    if (status?.phase === 'Running' || ended) this.#mark(name).running.resolve(this.#now());
    if (ended) this.#mark(name).ended.resolve(this.#now());
  }

  /** When all these pods were seen to run, each. */
  running(names: readonly string[], signal: AbortSignal): Promise<number[]> {
    return Promise.all(names.map((name) => abortable(this.#mark(name).running.promise, signal)));
  }

  /** When all these pods were seen to have ended, each. */
  ended(names: readonly string[], signal: AbortSignal): Promise<number[]> {
    return Promise.all(names.map((name) => abortable(this.#mark(name).ended.promise, signal)));
  }

  #mark(name: string): Mark {
    const known = this.#marks.get(name);
    if (known !== undefined) return known;
    const mark = { running: Promise.withResolvers<number>(), ended: Promise.withResolvers<number>() };
    this.#marks.set(name, mark);
    return mark;
  }
}

/** A clock that only moves when told to, with the timers that hang on it. */
import type { Timers } from '../time.ts';

export class ManualClock {
  #now: number;
  readonly #timers = new Map<object, { at: number; run: () => void }>();

  constructor(start = 0) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  readonly timers: Timers = {
    set: (ms, run) => {
      const timer = {};
      this.#timers.set(timer, { at: this.#now + ms, run });
      return timer;
    },
    clear: (timer) => {
      this.#timers.delete(timer as object);
    },
  };

  /** Timers that wait. */
  get armed(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms` and runs what becomes due, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #next(end: number) {
    let found: object | undefined;
    let earliest = end;
    for (const [timer, { at }] of this.#timers) {
      if (at > earliest || (at === earliest && found !== undefined)) continue;
      found = timer;
      earliest = at;
    }
    const due = found && this.#timers.get(found);
    if (found !== undefined) this.#timers.delete(found);
    return due;
  }
}

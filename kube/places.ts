/** Places for streams, of which whoever they belong to has only so many. */
import { ApiError } from './errors.ts';

export class Places {
  readonly #taken = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes a place for each of these (`from a`, `to b`), or for none: throws an ApiError (429) that says whose are all
   * taken. Returns what gives them back; repeated calls do nothing more.
   */
  take(...whose: readonly string[]): () => void {
    for (const one of whose)
      if ((this.#taken.get(one) ?? 0) >= this.#most)
        throw new ApiError(429, { message: `there are ${this.#most} streams ${one} already` });
    for (const one of whose) this.#taken.set(one, (this.#taken.get(one) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      for (const one of whose) {
        const count = (this.#taken.get(one) ?? 1) - 1;
        if (count === 0) this.#taken.delete(one);
        else this.#taken.set(one, count);
      }
    };
  }
}

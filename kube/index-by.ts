/** Objects by the values that a function gives for them. */
export class Index<T> {
  readonly #valuesOf: (object: T) => string[];
  readonly #objects = new Map<string, Map<string, T>>();

  constructor(valuesOf: (object: T) => string[]) {
    this.#valuesOf = valuesOf;
  }

  get(value: string): T[] {
    const found = this.#objects.get(value);
    return found === undefined ? [] : [...found.values()];
  }

  /** Puts `now` in the place of `old`; either may be missing. */
  move(key: string, old: T | undefined, now: T | undefined): void {
    const values = now === undefined ? [] : this.#valuesOf(now);
    // Most changes leave the values as they were; taking keys out to put them in again makes maps rebuild themselves.
    if (old !== undefined)
      for (const value of this.#valuesOf(old)) if (!values.includes(value)) this.#remove(value, key);
    if (now !== undefined) for (const value of values) this.#add(value, key, now);
  }

  #add(value: string, key: string, object: T): void {
    const found = this.#objects.get(value);
    if (found === undefined) this.#objects.set(value, new Map([[key, object]]));
    else found.set(key, object);
  }

  #remove(value: string, key: string): void {
    const found = this.#objects.get(value);
    found?.delete(key);
    if (found?.size === 0) this.#objects.delete(value);
  }
}

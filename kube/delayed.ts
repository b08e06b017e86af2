/** Keys with a time, earliest first; one time per key, of two the earlier. A binary heap with lazy removal. */
export class DelayedKeys {
  readonly #times = new Map<string, number>();
  readonly #heap: { key: string; at: number }[] = [];

  set(key: string, at: number): void {
    const known = this.#times.get(key);
    if (known !== undefined && known <= at) return;
    this.#times.set(key, at);
    this.#push({ key, at });
  }

  delete(key: string): void {
    this.#times.delete(key);
  }

  get size(): number {
    return this.#times.size;
  }

  earliest(): number | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#times.get(top.key) === top.at) return top.at;
      this.#pop();
    }
    return undefined;
  }

  /** Takes out all keys whose time is not after `now`. */
  due(now: number): string[] {
    const keys: string[] = [];
    for (let at = this.earliest(); at !== undefined && at <= now; at = this.earliest()) {
      const top = this.#pop();
      if (top === undefined) break;
      this.#times.delete(top.key);
      keys.push(top.key);
    }
    return keys;
  }

  #push(entry: { key: string; at: number }): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): { key: string; at: number } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if ((heap[below + 1]?.at ?? Infinity) < (heap[below]?.at ?? Infinity)) below++;
      const child = heap[below];
      if (child === undefined || child.at >= last.at) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
    return top;
  }
}

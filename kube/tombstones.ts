/** Late news come within seconds, so it does no harm to forget the oldest. */
const CAPACITY = 8192;

/** Which objects are gone, by UID, and up to which version that is known. */
export class Tombstones {
  readonly #versions = new Map<string, number>();

  add(uid: string | undefined, version: number): void {
    if (uid === undefined) return;
    const known = this.#versions.get(uid) ?? 0;
    this.#versions.delete(uid);
    this.#versions.set(uid, Math.max(known, version));
    if (this.#versions.size <= CAPACITY) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }

  /** True if news of this version tell of a time before the object was gone. */
  covers(uid: string | undefined, version: number): boolean {
    const known = uid === undefined ? undefined : this.#versions.get(uid);
    return known !== undefined && version <= known;
  }

  clear(): void {
    this.#versions.clear();
  }
}

/** What a reflector knows of one kind, by key and by indexes. Objects are shared, never copied: do not change them. */
import type { KubeObject } from '../api/index.ts';
import { abortable } from './deadline.ts';
import { Index } from './index-by.ts';
import { Tombstones } from './tombstones.ts';

export interface Change<T> {
  key: string;
  old?: T;
  now?: T;
}

export interface StoreOptions<T> {
  /** Values under which an object is found by `by`. `uid` is always there. */
  indexers?: Record<string, (object: T) => string[]>;
}

/** `namespace/name`, or `name` of a cluster-scoped object. */
export const keyOf = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Versions of one API server count up, so they compare as numbers; 0 if there is none. */
export const versionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion ?? 0);

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #subscribers = new Set<(change: Change<T>) => void>();
  readonly #tombstones = new Tombstones();
  readonly #sync = Promise.withResolvers<void>();
  #trim: ((object: T) => T | undefined) | undefined;
  #synced = false;

  constructor(o: StoreOptions<T> = {}) {
    this.#indexes.set('uid', new Index((object) => [object.metadata.uid ?? '']));
    for (const [name, valuesOf] of Object.entries(o.indexers ?? {})) this.#indexes.set(name, new Index(valuesOf));
  }

  get size(): number {
    return this.#objects.size;
  }

  /** True once every object that was there at the start is here. */
  get synced(): boolean {
    return this.#synced;
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return abortable(this.#sync.promise, signal);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Objects for which the indexer `index` gave `value`; throws if there is no such indexer. */
  by(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new Error(`the store has no index ${index}`);
    return found.get(value);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /**
   * Calls `listener` after every change; it should only note keys. What it throws comes out of whatever made the change,
   * which has taken place all the same. Returns what ends that.
   */
  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  /**
   * Takes in an object as some answer or event showed it. Older news than what is known are ignored, so that the
   * result of an own write is not undone by events that were on their way.
   */
  observe(object: T): void {
    const version = versionOf(object);
    const { uid } = object.metadata;
    if (this.#tombstones.covers(uid, version)) return;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old !== undefined && version <= versionOf(old)) return;
    const now = this.#trimmed(object);
    if (now === undefined) this.#tombstones.add(uid, version);
    if (now !== undefined || old !== undefined) this.#set(key, old, now);
  }

  /** The object with this UID is gone for good: whatever is still said of it is ignored. */
  forget(key: string, uid: string): void {
    this.#tombstones.add(uid, Number.POSITIVE_INFINITY);
    const old = this.#objects.get(key);
    if (old?.metadata.uid === uid) this.#set(key, old, undefined);
  }

  /** For the reflector: a DELETED event, which with a selector may also mean that the object no longer matches. */
  remove(object: T): void {
    const version = versionOf(object);
    this.#tombstones.add(object.metadata.uid, version);
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old !== undefined && versionOf(old) <= version) this.#set(key, old, undefined);
  }

  /** For the reflector: applied to every object on entry; what it maps to undefined is not kept. */
  useTrim(trim: (object: T) => T | undefined): void {
    this.#trim = trim;
  }

  /**
   * For the reflector, after a list at `version` (of one namespace, if given): drops what is known and was not listed,
   * unless it is younger than the list.
   */
  retain(listed: ReadonlySet<string>, version: number, namespace?: string): void {
    for (const [key, object] of this.#objects) {
      if (listed.has(key) || versionOf(object) > version) continue;
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      this.#tombstones.add(object.metadata.uid, version);
      this.#set(key, object, undefined);
    }
  }

  /** For the reflector: the server's history began anew (restored from a backup), so versions do not compare. */
  distrust(namespace?: string): void {
    this.#tombstones.clear();
    for (const object of this.#objects.values())
      if (namespace === undefined || object.metadata.namespace === namespace) object.metadata.resourceVersion = '0';
  }

  /** For the reflector: objects of a namespace that is no longer watched. */
  dropNamespace(namespace: string): void {
    for (const [key, object] of this.#objects)
      if (object.metadata.namespace === namespace) this.#set(key, object, undefined);
  }

  /** For the reflector. */
  markSynced(): void {
    this.#synced = true;
    this.#sync.resolve();
  }

  #trimmed(object: T): T | undefined {
    delete object.metadata.managedFields;
    return this.#trim === undefined ? object : this.#trim(object);
  }

  #set(key: string, old: T | undefined, now: T | undefined): void {
    if (now === undefined) this.#objects.delete(key);
    else this.#objects.set(key, now);
    for (const index of this.#indexes.values()) index.move(key, old, now);
    const change: Change<T> = { key, ...(old !== undefined && { old }), ...(now !== undefined && { now }) };
    this.#tell(change);
  }

  /** All are told, also behind one that throws. */
  #tell(change: Change<T>): void {
    let failures: unknown[] | undefined;
    for (const listener of this.#subscribers) {
      try {
        listener(change);
      } catch (error) {
        failures ??= [];
        failures.push(error);
      }
    }
    if (failures !== undefined) throw new AggregateError(failures, `a listener failed at ${change.key}`);
  }
}

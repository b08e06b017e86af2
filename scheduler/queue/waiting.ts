/**
 * Who is next: the highest priority; among equals the namespace (of a source) that was served least recently; within
 * it the oldest pod. Pods of one class go to the same places, so when one of them fits nowhere all of them are parked,
 * until `wake` says that something changed: 10,000 waiting pods alike cost as much as one.
 */
import { Bucket, isOlder, Lane, type Standing, type Waiting } from './lane.ts';

/** Lanes of one priority. */
interface Level {
  readonly priority: number;
  readonly lanes: Map<string, Lane>;
}

export class WaitingQueue {
  readonly #pods = new Map<string, { pod: Waiting; bucket: Bucket }>();
  /** Highest priority first. */
  readonly #levels: Level[] = [];
  readonly #parkedClasses = new Set<string>();
  readonly #parked = new Set<Bucket>();
  readonly #servedAt = new Map<string, number>();
  #served = 0;

  get size(): number {
    return this.#pods.size;
  }

  get(key: string): Waiting | undefined {
    return this.#pods.get(key)?.pod;
  }

  /** True if some class was found to fit nowhere and not woken since. */
  get hasParked(): boolean {
    return this.#parkedClasses.size > 0;
  }

  /** Puts a pod in, in place of what was known of it. */
  add(pod: Waiting): void {
    this.remove(pod.key);
    const bucket = this.#bucketOf(pod);
    this.#pods.set(pod.key, { pod, bucket });
    bucket.push(pod);
    if (this.#parkedClasses.has(pod.classKey)) this.#parked.add(bucket);
    else bucket.lane.offer(bucket);
  }

  remove(key: string): void {
    const entry = this.#pods.get(key);
    if (entry === undefined) return;
    this.#pods.delete(key);
    entry.bucket.lost();
  }

  /** Takes out who is next, if anybody waits who is not parked. */
  take(): Waiting | undefined {
    for (const level of this.#levels) {
      const entry = this.#firstOf(level);
      if (entry === undefined) continue;
      this.remove(entry.head.key);
      entry.bucket.lane.offer(entry.bucket);
      return entry.head;
    }
    return undefined;
  }

  /** A pod taken out got its place: others of equal priority come before the next one of its namespace. */
  served(pod: Waiting): void {
    this.#servedAt.set(pod.lane, ++this.#served);
  }

  /** Puts back a pod that fits nowhere; it and its like are not offered again before `wake`. */
  park(pod: Waiting): void {
    this.#parkedClasses.add(pod.classKey);
    this.add(pod);
  }

  /** What was parked may be offered again. */
  wake(): void {
    this.#parkedClasses.clear();
    for (const bucket of this.#parked) bucket.lane.offer(bucket);
    this.#parked.clear();
  }

  #firstOf(level: Level): Standing | undefined {
    let first: Standing | undefined;
    for (const lane of level.lanes.values()) {
      const entry = lane.first(this.#parkIfParked);
      if (entry !== undefined && (first === undefined || this.#precedes(entry.head, first.head))) first = entry;
      if (lane.buckets.size === 0) level.lanes.delete(lane.key);
    }
    return first;
  }

  readonly #parkIfParked = (bucket: Bucket): boolean => {
    const isParked = this.#parkedClasses.has(bucket.classKey);
    if (isParked) this.#parked.add(bucket);
    return isParked;
  };

  #precedes(a: Waiting, b: Waiting): boolean {
    const [servedA, servedB] = [this.#servedAt.get(a.lane) ?? 0, this.#servedAt.get(b.lane) ?? 0];
    return servedA === servedB ? isOlder(a, b) : servedA < servedB;
  }

  #bucketOf({ priority, lane: laneKey, classKey }: Waiting): Bucket {
    const { lanes } = this.#levelOf(priority);
    let lane = lanes.get(laneKey);
    if (lane === undefined) {
      lane = new Lane(laneKey);
      lanes.set(laneKey, lane);
    }
    let bucket = lane.buckets.get(classKey);
    if (bucket === undefined) {
      bucket = new Bucket(lane, classKey, (pod) => this.#pods.get(pod.key)?.pod === pod);
      lane.buckets.set(classKey, bucket);
    }
    return bucket;
  }

  #levelOf(priority: number): Level {
    const at = this.#levels.findIndex((level) => level.priority <= priority);
    const found = this.#levels[at];
    if (found?.priority === priority) return found;
    const level: Level = { priority, lanes: new Map() };
    this.#levels.splice(at < 0 ? this.#levels.length : at, 0, level);
    return level;
  }
}

/** The order within one namespace (of a source) and priority: buckets of pods that are alike, by their oldest pod. */
import { Heap } from './heap.ts';

export interface Waiting {
  readonly key: string;
  readonly priority: number;
  /** Source and namespace: whom fairness is between. */
  readonly lane: string;
  /** Pods with equal class get equal answers. */
  readonly classKey: string;
  /** When the hub first saw the pod (RFC 3339, by the hub's clock), then UID: the order of age. */
  readonly since: string;
  readonly uid: string;
}

export const isOlder = (a: Waiting, b: Waiting): boolean => a.since < b.since || (a.since === b.since && a.uid < b.uid);

/** Pods of one class in one lane. Who left the queue stays in the heap until it surfaces: `isLive` tells. */
export class Bucket {
  readonly classKey: string;
  readonly lane: Lane;
  /** The pod under which its lane offers the bucket; undefined while it does not. */
  standing: Waiting | undefined;
  #pods = new Heap(isOlder);
  #live = 0;
  readonly #isLive: (pod: Waiting) => boolean;

  constructor(lane: Lane, classKey: string, isLive: (pod: Waiting) => boolean) {
    this.lane = lane;
    this.classKey = classKey;
    this.#isLive = isLive;
  }

  /** The oldest live pod. */
  head(): Waiting | undefined {
    for (let pod = this.#pods.peek(); pod !== undefined; pod = this.#pods.peek()) {
      if (this.#isLive(pod)) return pod;
      this.#pods.pop();
    }
    return undefined;
  }

  push(pod: Waiting): void {
    this.#live++;
    this.#pods.push(pod);
  }

  /** One pod is no longer live. Behind an old head the dead would pile up, so they are swept now and then. */
  lost(): void {
    this.#live--;
    if (this.#pods.size <= 2 * this.#live + 32) return;
    const live = this.#pods.items().filter(this.#isLive);
    this.#pods = new Heap(isOlder);
    for (const pod of live) this.#pods.push(pod);
  }
}

export interface Standing {
  readonly bucket: Bucket;
  readonly head: Waiting;
}

export class Lane {
  readonly key: string;
  readonly buckets = new Map<string, Bucket>();
  /** Buckets by the pod under which they stood when put in; an entry counts while that is still so. */
  readonly #ready = new Heap<Standing>((a, b) => isOlder(a.head, b.head));

  constructor(key: string) {
    this.key = key;
  }

  /** Lets a bucket stand under its oldest pod; an empty one goes. */
  offer(bucket: Bucket): void {
    const head = bucket.head();
    if (head === bucket.standing) return;
    bucket.standing = head;
    if (head === undefined) this.buckets.delete(bucket.classKey);
    else this.#ready.push({ bucket, head });
  }

  /** The oldest pod on offer, and its bucket; buckets that `isParked` lose their place until offered again. */
  first(isParked: (bucket: Bucket) => boolean): Standing | undefined {
    for (let entry = this.#ready.peek(); entry !== undefined; entry = this.#ready.peek()) {
      const { bucket, head } = entry;
      const parked = head === bucket.standing && isParked(bucket);
      if (head === bucket.standing && !parked && head === bucket.head()) return entry;
      this.#ready.pop();
      if (parked) bucket.standing = undefined;
      else if (head === bucket.standing) this.offer(bucket);
    }
    return undefined;
  }
}

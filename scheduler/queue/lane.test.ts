import { describe, expect, it } from 'vitest';
import { Bucket, isOlder, Lane, type Waiting } from './lane.ts';

const waiting = (key: string, since = '1'): Waiting => ({
  ...{ key, uid: key, since, priority: 0, lane: 'a/default', classKey: 'class' },
});
const nobody = () => false;

/** A bucket, and how pods leave it. */
function setUp(lane = new Lane('a/default'), classKey = 'class') {
  const dead = new Set<string>();
  const asked: string[] = [];
  const bucket = new Bucket(lane, classKey, (pod) => {
    asked.push(pod.key);
    return !dead.has(pod.key);
  });
  lane.buckets.set(classKey, bucket);
  const leave = (key: string) => {
    dead.add(key);
    bucket.lost();
  };
  return { lane, bucket, leave, asked };
}

it.each([
  [waiting('b', '1'), waiting('a', '2'), true],
  [waiting('a', '2'), waiting('b', '1'), false],
  [waiting('a', '1'), waiting('b', '1'), true],
  [waiting('b', '1'), waiting('a', '1'), false],
  [waiting('a', '1'), waiting('a', '1'), false],
])('age goes by time, then UID: %j before %j: %s', (a, b, older) => expect(isOlder(a, b)).toBe(older));

describe('Bucket', () => {
  it('is headed by the oldest pod that has not left', () => {
    const { bucket, leave } = setUp();
    expect(bucket.head()).toBeUndefined();
    for (const key of ['c', 'a', 'b']) bucket.push(waiting(key));
    expect(bucket.head()?.key).toBe('a');
    leave('a');
    leave('b');
    expect(bucket.head()?.key).toBe('c');
    leave('c');
    expect(bucket.head()).toBeUndefined();
  });

  it('sweeps the dead away when they are many, and only then', () => {
    const { bucket, leave, asked } = setUp();
    for (let n = 0; n < 40; n++) bucket.push(waiting(`p${n + 10}`));
    // 40 pods in the heap are too many when 3 are left: 40 > 2 * 3 + 32.
    for (let n = 1; n <= 36; n++) leave(`p${n + 10}`);
    expect(asked).toEqual([]);
    leave('p47');
    expect(asked).toHaveLength(40);
    expect(bucket.head()?.key).toBe('p10');
    leave('p10');
    expect(bucket.head()?.key).toBe('p48');
    expect(asked).toHaveLength(43);
  });
});

describe('Lane', () => {
  it('offers the oldest pod of all its buckets, and keeps offering it', () => {
    const lane = new Lane('a/default');
    const [one, other] = [setUp(lane, 'x'), setUp(lane, 'y')];
    for (const [{ bucket }, key] of [
      [one, 'b'],
      [other, 'a'],
    ] as const) {
      bucket.push(waiting(key));
      lane.offer(bucket);
    }
    expect([lane.key, lane.first(nobody)?.head.key, lane.first(nobody)?.bucket]).toEqual([
      'a/default',
      'a',
      other.bucket,
    ]);
    one.bucket.push(waiting('0'));
    lane.offer(one.bucket);
    expect(lane.first(nobody)?.head.key).toBe('0');
  });

  it('offers the next one once the oldest left, without being told', () => {
    const { lane, bucket, leave } = setUp();
    for (const key of ['a', 'b']) bucket.push(waiting(key));
    lane.offer(bucket);
    leave('a');
    expect(lane.first(nobody)?.head.key).toBe('b');
    expect(bucket.standing?.key).toBe('b');
  });

  it('lets go of a bucket when its last pod left', () => {
    const { lane, bucket, leave } = setUp();
    bucket.push(waiting('a'));
    lane.offer(bucket);
    leave('a');
    expect(lane.first(nobody)).toBeUndefined();
    expect([bucket.standing, lane.buckets.size]).toEqual([undefined, 0]);
  });

  it('passes over what is parked until that is offered again', () => {
    const lane = new Lane('a/default');
    const [one, other] = [setUp(lane, 'x'), setUp(lane, 'y')];
    one.bucket.push(waiting('a'));
    other.bucket.push(waiting('b'));
    for (const { bucket } of [one, other]) lane.offer(bucket);
    expect(lane.first((bucket) => bucket === one.bucket)?.head.key).toBe('b');
    expect([one.bucket.standing, lane.buckets.size]).toEqual([undefined, 2]);
    expect(lane.first(nobody)?.head.key).toBe('b');
    lane.offer(one.bucket);
    expect(lane.first(nobody)?.head.key).toBe('a');
  });

  it('asks only about buckets that stand as offered', () => {
    const { lane, bucket } = setUp();
    bucket.push(waiting('b'));
    lane.offer(bucket);
    bucket.push(waiting('a'));
    lane.offer(bucket);
    lane.offer(bucket);
    let asked = 0;
    const park = () => {
      asked++;
      return true;
    };
    expect(lane.first(park)).toBeUndefined();
    expect(asked).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Waiting } from './lane.ts';
import { WaitingQueue } from './waiting.ts';

const waiting = (key: string, more: Partial<Waiting> = {}): Waiting => ({
  ...{ key, priority: 0, lane: 'a/default', classKey: 'class', since: '2026-01-01T00:00:00Z', uid: key },
  ...more,
});

function queueOf(...pods: Waiting[]): WaitingQueue {
  const queue = new WaitingQueue();
  for (const pod of pods) queue.add(pod);
  return queue;
}

/** Everybody in turn, each served. */
function order(queue: WaitingQueue): string[] {
  const keys: string[] = [];
  for (let pod = queue.take(); pod !== undefined; pod = queue.take()) {
    queue.served(pod);
    keys.push(pod.key);
  }
  return keys;
}

describe('WaitingQueue', () => {
  it('goes by priority, then age, then UID', () =>
    expect(
      order(
        queueOf(
          waiting('late', { since: '2026-01-01T00:00:09Z' }),
          waiting('b'),
          waiting('high', { priority: 5, since: '2026-01-01T00:00:30Z' }),
          waiting('a'),
        ),
      ),
    ).toEqual(['high', 'a', 'b', 'late']));

  it('takes turns between namespaces of equal priority', () => {
    const queue = queueOf(...['1', '2', '3'].map((key) => waiting(key)), waiting('9', { lane: 'b/other' }));
    expect(order(queue)).toEqual(['1', '9', '2', '3']);
  });

  it('offers nobody of a class that fits nowhere, until woken', () => {
    const queue = queueOf(waiting('1'), waiting('2'), waiting('3', { classKey: 'small' }));
    const first = queue.take();
    if (first !== undefined) queue.park(first);
    queue.add(waiting('4'));
    expect(order(queue)).toEqual(['3']);
    expect(queue.size).toBe(3);
    queue.wake();
    expect(order(queue)).toEqual(['1', '2', '4']);
  });

  it('forgets who left, also behind a parked head', () => {
    const queue = queueOf(waiting('1'), waiting('2'), waiting('3'));
    const first = queue.take();
    if (first !== undefined) queue.park(first);
    queue.remove('2');
    queue.remove('1');
    queue.wake();
    expect(order(queue)).toEqual(['3']);
  });

  it('asks one of 10,000 alike, not all', () => {
    const queue = new WaitingQueue();
    for (let i = 0; i < 10_000; i++) queue.add(waiting(`p${i}`, { lane: `a/ns${i % 50}` }));
    let asked = 0;
    for (let round = 0; round < 20; round++) {
      for (let pod = queue.take(); pod !== undefined; pod = queue.take()) {
        queue.park(pod);
        asked++;
      }
      queue.wake();
    }
    expect(asked).toBe(20);
  });
});

type Step =
  | { do: 'add'; key: string; priority: number; lane: string; classKey: string; since: string }
  | { do: 'remove'; key: string }
  | { do: 'take' | 'park' | 'wake' };

const key = fc.integer({ min: 0, max: 15 }).map(String);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      key,
      priority: fc.integer({ min: 0, max: 1 }),
      lane: fc.constantFrom('x', 'y'),
      classKey: fc.constantFrom('p', 'q', 'r'),
      since: fc.constantFrom('1', '2', '3'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'park' as const, 'wake' as const) }) },
);

it('is the plain list that it stands for, whatever happens', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const queue = new WaitingQueue();
      const model = new Model();
      for (const each of steps) {
        if (each.do === 'add') {
          const pod = waiting(each.key, each);
          queue.add(pod);
          model.pods.set(pod.key, pod);
        } else if (each.do === 'remove') {
          queue.remove(each.key);
          model.pods.delete(each.key);
        } else if (each.do === 'wake') {
          queue.wake();
          model.parked.clear();
        } else {
          const pod = queue.take();
          expect(pod?.key).toBe(model.take()?.key);
          if (pod === undefined) continue;
          if (each.do === 'take') {
            queue.served(pod);
            model.served.set(pod.lane, ++model.turns);
          } else {
            queue.park(pod);
            model.pods.set(pod.key, pod);
            model.parked.add(pod.classKey);
          }
        }
        expect(queue.size).toBe(model.pods.size);
      }
    }),
    { numRuns: 500 },
  ));

class Model {
  readonly pods = new Map<string, Waiting>();
  readonly parked = new Set<string>();
  readonly served = new Map<string, number>();
  turns = 0;

  take(): Waiting | undefined {
    const rank = (pod: Waiting): (string | number)[] => [
      -pod.priority,
      this.served.get(pod.lane) ?? 0,
      pod.since,
      pod.uid,
    ];
    const [first] = [...this.pods.values()]
      .filter(({ classKey }) => !this.parked.has(classKey))
      .sort((a, b) => compare(rank(a), rank(b)));
    if (first !== undefined) this.pods.delete(first.key);
    return first;
  }
}

function compare(a: (string | number)[], b: (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

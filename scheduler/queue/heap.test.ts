import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

function heapOf(...numbers: number[]): Heap<number> {
  const heap = new Heap<number>((a, b) => a < b);
  for (const each of numbers) heap.push(each);
  return heap;
}

function drained(heap: Heap<number>): number[] {
  const all: number[] = [];
  for (let least = heap.pop(); least !== undefined; least = heap.pop()) all.push(least);
  return all;
}

describe('Heap', () => {
  it('is empty at first', () => {
    const heap = heapOf();
    expect([heap.size, heap.peek(), heap.pop(), heap.items()]).toEqual([0, undefined, undefined, []]);
  });

  it('shows the least, and keeps it', () => {
    const heap = heapOf(3, 1, 2);
    expect([heap.peek(), heap.peek(), heap.size]).toEqual([1, 1, 3]);
    expect([...heap.items()].sort()).toEqual([1, 2, 3]);
  });

  it('gives the last one away, too', () => {
    const heap = heapOf(1);
    expect([heap.pop(), heap.size, heap.peek(), heap.pop()]).toEqual([1, 0, undefined, undefined]);
  });

  it.each([[[1, 2, 3, 4, 5, 6, 7]], [[7, 6, 5, 4, 3, 2, 1]], [[4, 4, 1, 4, 1]], [[2, 1]], [[1, 3, 2]]])(
    'gives away the least first: %j',
    (numbers) => expect(drained(heapOf(...numbers))).toEqual(numbers.toSorted((a, b) => a - b)),
  );

  it('compares seldom: 1,000 in order and back cost no more than a heap may', () => {
    let asked = 0;
    const heap = new Heap<number>((a, b) => {
      asked++;
      return a < b;
    });
    for (let n = 0; n < 1_000; n++) heap.push(n);
    expect(asked).toBeLessThan(1_000);
    while (heap.pop() !== undefined);
    expect(asked).toBeLessThan(20_000);
  });

  it('is a sorted list, whatever comes and goes', () =>
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 40 }), (steps) => {
        const heap = heapOf();
        let model: number[] = [];
        for (const step of steps) {
          if (step === null) {
            expect(heap.pop()).toBe(model[0]);
            model = model.slice(1);
          } else {
            heap.push(step);
            model = [...model, step].sort((a, b) => a - b);
          }
          expect([heap.size, heap.peek()]).toEqual([model.length, model[0]]);
        }
      }),
      { numRuns: 50 },
    ));
});

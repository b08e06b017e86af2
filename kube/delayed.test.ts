import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayedKeys } from './delayed.ts';

test('keys come due as a sorted list of their earliest times would give them', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), key, at: fc.nat(50) }),
    fc.record({ do: fc.constant('delete' as const), key, at: fc.constant(0) }),
    fc.record({ do: fc.constant('due' as const), key, at: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const delayed = new DelayedKeys();
      const model = new Map<string, number>();
      for (const { do: what, key, at } of steps) {
        if (what === 'set') {
          delayed.set(key, at);
          model.set(key, Math.min(at, model.get(key) ?? at));
        } else if (what === 'delete') {
          delayed.delete(key);
          model.delete(key);
        } else {
          const due = [...model].filter(([, time]) => time <= at).map(([name]) => name);
          for (const name of due) model.delete(name);
          expect(delayed.due(at).sort()).toEqual(due.sort());
        }
        expect(delayed.size).toBe(model.size);
        expect(delayed.earliest()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
    }),
  );
});

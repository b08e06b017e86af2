import { describe, expect, it } from 'vitest';
import { summary } from './explain.ts';

const say = (name: string, message: string) => ({ name, reason: 'NoNodes' as const, message });

describe('summary', () => {
  it('puts together who says the same: three by name, more by number', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => say(name, 'no nodes'));
    if (!a || !b || !c || !d) throw new Error('four expected');
    expect(summary([a, b, say('x', 'offline'), c], 4)).toBe(
      '0/4 clusters are available: a, b, c: no nodes; x: offline',
    );
    expect(summary([a, b, c, d], 5)).toBe('0/5 clusters are available: 4 clusters: no nodes');
  });

  it('names ten reasons at most', () => {
    const many = Array.from({ length: 12 }, (_, n) => say(`c${n}`, `m${n}`));
    const ten = many.slice(0, 10).map(({ name, message }) => `${name}: ${message}`);
    expect(summary(many.slice(0, 10), 10)).toBe(`0/10 clusters are available: ${ten.join('; ')}`);
    expect(summary(many, 12)).toBe(`0/12 clusters are available: ${ten.join('; ')}; and 2 more reasons`);
  });
});

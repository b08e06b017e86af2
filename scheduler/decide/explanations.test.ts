import { describe, expect, it } from 'vitest';
import { type Explanation, Explanations } from './explanations.ts';

const why = (message: string): Explanation => ({ message, clusters: [] });

function withPods(...pods: [key: string, classKey: string][]): Explanations {
  const explanations = new Explanations();
  for (const [key, classKey] of pods) explanations.join(key, classKey);
  return explanations;
}

describe('Explanations', () => {
  it('are one for all pods of a class, and news to each of them', () => {
    const all = withPods(['1', 'x'], ['2', 'x'], ['3', 'y']);
    expect([...all.explain('x', why('full'))]).toEqual(['1', '2']);
    expect([all.of('1'), all.of('2'), all.of('3')]).toEqual([why('full'), why('full'), undefined]);
  });

  it('are no news when they say the same again, but are when they say something else', () => {
    const all = withPods(['1', 'x']);
    all.explain('x', why('full'));
    const again = { message: 'full', clusters: [{ name: 'a', reason: 'NoNodes', message: '' }] } as const;
    expect([...all.explain('x', { ...again, clusters: [...again.clusters] })]).toEqual([]);
    expect([...all.explain('x', why('offline'))]).toEqual(['1']);
    expect(all.of('1')).toEqual(why('offline'));
  });

  it('are nothing for a class without pods', () => {
    const all = withPods(['1', 'x']);
    expect([...all.explain('y', why('full'))]).toEqual([]);
    expect(all.of('stranger')).toBeUndefined();
  });

  it('are known at once to a pod that joins, and to one that joins again', () => {
    const all = withPods(['1', 'x']);
    all.explain('x', why('full'));
    all.join('2', 'x');
    all.join('1', 'x');
    expect([all.of('1'), all.of('2')]).toEqual([why('full'), why('full')]);
    expect([...all.explain('x', why('offline'))]).toEqual(['1', '2']);
  });

  it('do not follow a pod into another class', () => {
    const all = withPods(['1', 'x'], ['2', 'x']);
    all.explain('x', why('full'));
    all.join('1', 'y');
    expect([all.of('1'), all.of('2')]).toEqual([undefined, why('full')]);
    expect([...all.explain('x', why('offline'))]).toEqual(['2']);
    expect([...all.explain('y', why('other'))]).toEqual(['1']);
  });

  it('are forgotten with the last pod of their class, not before', () => {
    const all = withPods(['1', 'x'], ['2', 'x']);
    all.explain('x', why('full'));
    all.leave('1');
    expect([all.of('1'), all.of('2')]).toEqual([undefined, why('full')]);
    all.leave('1');
    all.leave('2');
    all.join('3', 'x');
    expect(all.of('3')).toBeUndefined();
    expect([...all.explain('x', why('full'))]).toEqual(['3']);
  });

  it('of a pod that left and joins again are those of its class', () => {
    const all = withPods(['1', 'x'], ['2', 'x']);
    all.explain('x', why('full'));
    all.leave('1');
    all.join('1', 'x');
    expect(all.of('1')).toEqual(why('full'));
  });
});

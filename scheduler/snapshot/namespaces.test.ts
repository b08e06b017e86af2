import { describe, expect, it } from 'vitest';
import { memberOf, pairOf } from './namespaces.ts';

describe('memberOf', () => {
  it.each([
    ['berth-a', 'a'],
    ['berth-eu-1', 'eu-1'],
    ['berth-system', undefined],
    ['berth-', undefined],
    ['berth-a--b', undefined],
    ['kube-system', undefined],
    ['default', undefined],
    [`berth-${'a'.repeat(28)}`, undefined],
    [undefined, undefined],
  ])('%s reports as %s', (namespace, member) => expect(memberOf(namespace)).toBe(member));
});

describe('pairOf', () => {
  it.each([
    ['berth-a--b', { source: 'a', target: 'b' }],
    ['berth-eu-1--us-2', { source: 'eu-1', target: 'us-2' }],
    ['berth-a--a', { source: 'a', target: 'a' }],
    ['berth-a', undefined],
    ['berth-a--', undefined],
    ['berth---b', undefined],
    ['berth-a--b--c', undefined],
    ['berth-a--system', undefined],
    ['berth-system--b', undefined],
    ['others-a--b', undefined],
    [undefined, undefined],
  ])('%s is shared by %j', (namespace, pair) => expect(pairOf(namespace)).toEqual(pair));
});

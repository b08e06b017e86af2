import { describe, expect, it } from 'vitest';
import { DELEGATE, type Pod } from '../../api/index.ts';
import { delegation, ended, running } from './delegation.samples.ts';
import { delegationKeyOf, hasEnded, isForTarget, misplacement } from './state.ts';

const of = delegation();
const { uid } = of.spec.pod;
const namespaced = (namespace: string) => ({ ...of, metadata: { ...of.metadata, namespace } });
const nowhere = { ...of, metadata: { name: uid } };

describe('misplacement', () => {
  const wrong = (source: string, target: string, namespace: string) =>
    `spec names source ${source} and target ${target}, which is not what namespace ${namespace} is for`;

  it.each([
    ['in its place', of, undefined],
    ['of a source in the name of another', delegation({ spec: { source: 'c' } }), wrong('c', 'b', 'berth-a--b')],
    ['for another target', delegation({ spec: { target: 'c' } }), wrong('a', 'c', 'berth-a--b')],
    ["in another pair's namespace", namespaced('berth-c--b'), wrong('a', 'b', 'berth-c--b')],
    [
      "for another target in that target's namespace",
      { ...namespaced('berth-a--c'), spec: { ...of.spec, target: 'c' } },
      wrong('a', 'c', 'berth-a--c'),
    ],
    [
      'under a name that is not the UID of the proxy',
      { ...of, metadata: { ...of.metadata, name: 'x' } },
      `the name must be the UID of the proxy, ${uid}`,
    ],
  ])('of a delegation %s', (_, each, message) => {
    expect(misplacement(each, 'b')).toBe(message);
  });
});

it('a delegation is for the target with which its namespace ends', () => {
  expect(isForTarget(of, 'b')).toBe(true);
  expect(isForTarget(of, 'a')).toBe(false);
  expect(isForTarget(namespaced('berth-a--bb'), 'b')).toBe(false);
  expect(isForTarget(nowhere, 'b')).toBe(false);
});

it.each<[string, Partial<Pod['metadata']>, string | undefined]>([
  ['by label and annotation', {}, 'berth-a--b/u'],
  ['of none, if it names no source', { labels: {} }, undefined],
  ['of none, if it has no labels', { labels: undefined as never }, undefined],
  ['of none, if it names no proxy', { annotations: {} }, undefined],
  ['of none, if it has no annotations', { annotations: undefined as never }, undefined],
])('a delegate tells its delegation: %s', (_, change, key) => {
  const metadata = {
    name: 'p',
    labels: { [DELEGATE.source]: 'a' },
    annotations: { [DELEGATE.proxyUid]: 'u' },
    ...change,
  };
  expect(delegationKeyOf({ metadata, spec: { containers: [] } }, 'b')).toBe(key);
});

it('a delegation has ended when the hub was told an end', () => {
  expect(hasEnded(of)).toBe(false);
  expect(hasEnded(delegation({ status: {} }))).toBe(false);
  expect(hasEnded(delegation({ status: { pod: running } }))).toBe(false);
  expect(hasEnded(delegation({ status: { pod: ended(0) } }))).toBe(true);
  expect(hasEnded(delegation({ status: { pod: ended(1) } }))).toBe(true);
});

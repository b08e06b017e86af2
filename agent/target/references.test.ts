import { describe, expect, it } from 'vitest';
import type { EnvVar, PodSpec } from '../../api/index.ts';
import { followRenames, isObject } from './references.ts';

const follow = (spec: Partial<PodSpec>) => followRenames({ containers: [], ...spec }, new Map([['app', 'own/app']]));
const field = (fieldPath: unknown) => ({ fieldRef: { apiVersion: 'v1', fieldPath } });
const env = (from: unknown) => [{ name: 'E', valueFrom: from as NonNullable<EnvVar['valueFrom']> }];
const DOMAIN = 'delegate.multicluster.admiralty.io';

it('only objects are objects', () => {
  expect([{}, { a: 1 }].map(isObject)).toEqual([true, true]);
  expect([null, undefined, [], 'a', 1].map(isObject)).toEqual([false, false, false, false, false]);
});

it('a spec without references stays as it is', () => {
  const spec = { containers: [{ name: 'main', image: 'i' }], hostname: 'h' };
  const followed = follow(spec);
  expect(followed).toStrictEqual(spec);
  expect(followed.containers[0]).toBe(spec.containers[0]);
});

describe('references to fields', () => {
  it.each<[string, unknown, unknown]>([
    ['to a label', field("metadata.labels['app']"), field("metadata.labels['own/app']")],
    ['to a label of others', field("metadata.labels['x']"), field("metadata.labels['x']")],
    ['to all labels', field('metadata.labels'), field('metadata.labels')],
    ['to no label', field("metadata.labels['']"), field("metadata.labels['']")],
    ['to what looks like a label', field("x.metadata.labels['app']"), field("x.metadata.labels['app']")],
    ['to more than a label', field("metadata.labels['app'].x"), field("metadata.labels['app'].x")],
    ['to the name', field('metadata.name'), field(`metadata.annotations['${DOMAIN}/proxy-name']`)],
    ['to the UID', field('metadata.uid'), field(`metadata.annotations['${DOMAIN}/proxy-uid']`)],
    ['to something else', field('status.podIP'), field('status.podIP')],
    ['to no path', field(7), field(7)],
    ['without a reference', { fieldRef: null }, { fieldRef: null }],
    [
      'to resources',
      { resourceFieldRef: { fieldPath: 'metadata.name' } },
      { resourceFieldRef: { fieldPath: 'metadata.name' } },
    ],
  ])('%s', (_, from, to) => {
    expect(follow({ containers: [{ name: 'c', env: env(from) }] })).toStrictEqual({
      containers: [{ name: 'c', env: env(to) }],
    });
  });

  it('are followed in init containers and volumes too, and only in environments', () => {
    const [from, to] = [field("metadata.labels['app']"), field("metadata.labels['own/app']")];
    const volume = (of: object) => [{ name: 'v', downwardAPI: { items: [{ path: 'p', ...of }] } }];
    const spec = (of: object) => ({
      containers: [{ name: 'c', args: ["metadata.labels['app']"], other: from }],
      initContainers: [{ name: 'i', env: env(of) }, { name: 'j' }],
      volumes: volume(of),
    });
    expect(follow(spec(from))).toStrictEqual(spec(to));
  });
});

describe('selectors', () => {
  const affinity = (term: unknown) => ({ affinity: { podAffinity: { required: [term] } } });

  it.each<[string, unknown, unknown]>([
    [
      'by labels',
      { labelSelector: { matchLabels: { app: 'x', db: 'y' } } },
      { labelSelector: { matchLabels: { 'own/app': 'x', db: 'y' } } },
    ],
    [
      'by expressions',
      {
        labelSelector: {
          matchExpressions: [
            { key: 'app', operator: 'Exists' },
            { key: 'db', operator: 'In', values: ['app'] },
          ],
        },
      },
      {
        labelSelector: {
          matchExpressions: [
            { key: 'own/app', operator: 'Exists' },
            { key: 'db', operator: 'In', values: ['app'] },
          ],
        },
      },
    ],
    ['by nothing', { labelSelector: {} }, { labelSelector: {} }],
    ['that are none', { labelSelector: null }, { labelSelector: null }],
    ['by keys', { matchLabelKeys: ['app', 'x'] }, { matchLabelKeys: ['own/app', 'x'] }],
    ['by keys that differ', { mismatchLabelKeys: ['app'] }, { mismatchLabelKeys: ['own/app'] }],
    ['by no keys', { matchLabelKeys: null }, { matchLabelKeys: null }],
    [
      'of namespaces',
      { namespaceSelector: { matchLabels: { app: 'x' } } },
      { namespaceSelector: { matchLabels: { app: 'x' } } },
    ],
    ['by topology', { topologyKey: 'app', namespaces: ['app'] }, { topologyKey: 'app', namespaces: ['app'] }],
  ])('%s', (_, from, to) => {
    expect(follow(affinity(from))).toStrictEqual({ containers: [], ...affinity(to) });
  });

  it('of spread constraints are followed too', () => {
    const spread = (key: string) => ({
      topologySpreadConstraints: [{ labelSelector: { matchLabels: { [key]: 'x' } } }],
    });
    expect(follow(spread('app'))).toStrictEqual({ containers: [], ...spread('own/app') });
  });
});

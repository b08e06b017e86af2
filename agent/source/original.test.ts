import { describe, expect, test } from 'vitest';
import type { Pod, Toleration } from '../../api/index.ts';
import { original, proxyOf } from '../../test/builders.ts';
import { originalPod } from './original.ts';

const gunzip = (base64: string) => base64;
const read = (proxy: Pod): Pod => {
  const read = originalPod(proxy, gunzip);
  if (!('pod' in read)) throw new Error(read.refused.message);
  return read.pod;
};

describe('the original of a proxy', () => {
  test('is what was submitted, with the elect annotation that is only read there', () => {
    expect(read(proxyOf(original()))).toStrictEqual(original());
  });

  test('has the name and the namespace that the proxy got', () => {
    const { metadata, ...rest } = proxyOf(original());
    const { namespace: _, ...without } = metadata;
    expect(read({ ...rest, metadata: { ...metadata, name: 'made', namespace: 'other' } }).metadata).toMatchObject({
      name: 'made',
      namespace: 'other',
    });
    expect(read({ ...rest, metadata: without }).metadata).toHaveProperty('namespace', 'default');
  });

  test('cannot be read from a proxy without annotations', () => {
    const { annotations: _, ...metadata } = proxyOf(original()).metadata;
    expect(originalPod({ ...proxyOf(original()), metadata }, gunzip)).toMatchObject({
      refused: { reason: 'BadManifest' },
    });
  });

  test('carries the labels and annotations of the proxy of now, but of ours those of then', () => {
    const then = { ...original({}, { mine: 'old', gone: 'x' }) };
    const proxy = proxyOf({ ...then, metadata: { ...then.metadata, labels: { app: 'old' } } });
    const annotations = { ...proxy.metadata.annotations, mine: 'new', 'multicluster.admiralty.io/elect': 'changed' };
    delete (annotations as Record<string, string>)['gone'];
    const { metadata } = read({ ...proxy, metadata: { ...proxy.metadata, labels: { app: 'new' }, annotations } });
    expect(metadata.labels).toEqual({ app: 'new' });
    expect(metadata.annotations).toEqual({ 'multicluster.admiralty.io/elect': '', mine: 'new' });
  });

  test('has no labels and no annotations where there are none', () => {
    const plain: Pod = { metadata: { name: 'step', namespace: 'default' }, spec: { containers: [] } };
    const { metadata } = read(proxyOf(plain));
    expect(metadata).toStrictEqual({ name: 'step', namespace: 'default' });
  });

  test('has no node selector where neither has one', () => {
    expect(read(proxyOf(original())).spec).not.toHaveProperty('nodeSelector');
    expect(read(proxyOf(original(), { nodeSelector: { a: 'b' } })).spec.nodeSelector).toEqual({ a: 'b' });
  });
});

describe('tolerations of the original', () => {
  const base: Toleration = { key: 'spot', operator: 'Equal', value: 'yes', effect: 'NoSchedule' };
  const added = (before: Toleration[] | undefined, now: Toleration[] | undefined): Toleration[] | undefined => {
    const pod = original(before === undefined ? {} : { tolerations: before });
    const proxy = proxyOf(pod);
    const { tolerations: _, ...spec } = proxy.spec;
    return read({ ...proxy, spec: { ...spec, ...(now !== undefined && { tolerations: now }) } }).spec.tolerations;
  };

  test('are those of the submitted pod, then what others put onto the proxy', () => {
    expect(added(undefined, undefined)).toBeUndefined();
    expect(added([base], undefined)).toEqual([base]);
    expect(added([base], [base])).toEqual([base]);
    expect(added(undefined, [base])).toEqual([base]);
  });

  test.each([
    ['key', { key: 'other' }],
    ['operator', { operator: 'Exists' }],
    ['value', { value: 'no' }],
    ['effect', { effect: 'NoExecute' }],
  ])('differ by %s', (_, change) => {
    const other = { ...base, ...change } as Toleration;
    expect(added([base], [other])).toEqual([base, other]);
  });

  test.each([
    'node.multicluster.admiralty.io/target',
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/unreachable',
  ])('are without %s, which the proxy has for its own sake', (key) => {
    expect(added([base], [{ key, operator: 'Exists' }])).toEqual([base]);
  });

  test('may tolerate everything, by no key', () => {
    expect(added([base], [{ operator: 'Exists' }])).toEqual([base, { operator: 'Exists' }]);
  });
});

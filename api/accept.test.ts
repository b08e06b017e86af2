import { describe, expect, it } from 'vitest';
import { isShared, refusesNamespace, refusesPodsOf } from './accept.ts';
import type { ClusterSpec } from './objects/cluster.ts';

const specOf = (
  accept: Partial<ClusterSpec['accept']> = {},
  roles: ClusterSpec['roles'] = ['Target'],
): ClusterSpec => ({
  roles,
  accept: { sources: [], namespaces: [], ...accept },
});

describe('refusesPodsOf', () => {
  it.each<[what: string, spec: ClusterSpec]>([
    ['that is named', specOf({ sources: ['b', 'a'] })],
    ['where every source is', specOf({ sources: ['*'] })],
    ['where every source is, beside others', specOf({ sources: ['b', '*'] })],
    ['where the target is a source, too', specOf({ sources: ['a'] }, ['Source', 'Target'])],
  ])('lets in pods of a source %s', (_, spec) => {
    expect(refusesPodsOf('a', spec)).toBeUndefined();
  });

  it('refuses a source that is not named', () => {
    const refused = { reason: 'NotAccepted', message: 'does not accept pods of a' };
    for (const sources of [[], ['b'], ['ab'], ['a*']]) expect(refusesPodsOf('a', specOf({ sources }))).toEqual(refused);
  });

  it('refuses every source where the cluster is no target', () => {
    const refused = { reason: 'NotATarget', message: 'not a target' };
    for (const roles of [[], ['Source']] satisfies ClusterSpec['roles'][])
      expect(refusesPodsOf('a', specOf({ sources: ['a', '*'] }, roles))).toEqual(refused);
  });
});

describe('refusesNamespace', () => {
  it.each([
    ['default', ['default']],
    ['default', ['other', 'default']],
    ['default', ['*']],
    ['kube-flannel', ['*']],
  ])('lets pods into %s by %j', (namespace, namespaces) => {
    expect(refusesNamespace(namespace, specOf({ namespaces }))).toBeUndefined();
  });

  it.each([
    ['default', []],
    ['default', ['other']],
    ['kube-system', ['*']],
    ['kube-system', ['kube-system']],
    ['berth-system', ['*', 'berth-system']],
  ])('refuses %s by %j', (namespace, namespaces) => {
    expect(refusesNamespace(namespace, specOf({ namespaces }))).toEqual({
      reason: 'NamespaceNotAccepted',
      message: `does not accept namespace ${namespace}`,
    });
  });
});

describe('isShared', () => {
  it.each([
    [['default'], true],
    [['*'], true],
    [['other', 'default'], true],
    [['other'], false],
    [[], false],
  ])('goes by %j: %s', (sharedNamespaces, shared) => {
    expect(isShared('default', specOf({ sharedNamespaces }))).toBe(shared);
  });

  it('shares nothing unless told to, even what is accepted', () => {
    expect(isShared('default', specOf({ namespaces: ['*'] }))).toBe(false);
  });
});

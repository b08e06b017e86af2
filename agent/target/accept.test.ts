import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { claim, notAccepted } from './accept.ts';
import { create } from './create.ts';
import { delegateOf, delegation, house, manifest, running, self, state } from './delegation.samples.ts';
import { planDelegate } from './plan.ts';

const from = (source: string) => ({ ...delegation(), spec: { ...delegation().spec, source } });
const inNamespace = (namespace: string) => delegation({ spec: { delegate: { namespace, name: 'a-x' } } });

describe('a target takes', () => {
  it.each([
    ['whom it accepts', delegation(), {}, undefined],
    ['nobody else', delegation(), { sources: ['c'] }, 'NotAccepted'],
    ['them where it accepts them', delegation(), { namespaces: ['jobs'] }, undefined],
    ['them nowhere else', delegation(), { namespaces: ['others'] }, 'NamespaceNotAccepted'],
    ['nobody in kube-system', inNamespace('kube-system'), { namespaces: ['*', 'kube-system'] }, 'NamespaceNotAccepted'],
    ["nobody in Berth's own namespaces", inNamespace('berth-system'), {}, 'NamespaceNotAccepted'],
  ])('%s', (_, asked, accept, reason) => {
    expect(notAccepted(asked, house({ self: self(accept) }))?.reason).toBe(reason);
  });

  it('nobody while it is not registered, or no target', () => {
    expect(notAccepted(delegation(), house({ self: undefined }))?.reason).toBe('NotAccepted');
    const source = { ...self(), spec: { ...self().spec, roles: ['Source' as const] } };
    expect(notAccepted(delegation(), house({ self: source }))?.reason).toBe('NotATarget');
  });
});

describe('a namespace belongs to the first other cluster', () => {
  const strict = { self: self() };
  const delegatesOf = (...sources: string[]) =>
    sources.map((source) => delegateOf(from(source), running)) satisfies Pod[];

  it.each([
    ['that claimed it', { claims: { jobs: 'c' } }],
    ['that has delegates there now', { delegatesIn: () => delegatesOf('b', 'c', 'a') }],
  ])('%s', (_, taken) => {
    expect(notAccepted(delegation(), house({ ...strict, ...taken }))).toEqual({
      reason: 'NamespaceTaken',
      message: 'namespace jobs is used by c',
    });
  });

  it.each([
    ['its own', { claims: { jobs: 'a' } }],
    ['nobody', { claims: { others: 'c' } }],
    ['the target itself', { delegatesIn: () => delegatesOf('b') }],
    ['another, where the admin says so', { claims: { jobs: 'c' }, self: self({ sharedNamespaces: ['jobs'] }) }],
  ])('is free for a source where it is used by %s', (_, use) => {
    expect(notAccepted(delegation(), house({ ...strict, ...use }))).toBeUndefined();
  });

  it('is claimed after the first delegate was created, once', () => {
    const actions = create(state({ house: house(strict) })).actions;
    expect(actions.map((action) => `${action.do} ${'resource' in action ? action.resource : ''}`)).toEqual([
      'create pods',
      'patch configmaps',
    ]);
    expect(actions[1]).toMatchObject({ body: { data: { jobs: 'a' } } });
    expect(claim(delegation(), house({ ...strict, claims: { jobs: 'a' } }))).toEqual([]);
    expect(claim(from('b'), house(strict))).toEqual([]);
    expect(claim(delegation(), house({ self: self({ sharedNamespaces: ['*'] }) }))).toEqual([]);
  });
});

describe('pods of the target itself', () => {
  const home = from('b');
  const { uid } = home.spec.pod;
  const proxy = (spec: Partial<Pod['spec']> = {}, namespace = 'jobs') =>
    manifest({ metadata: { uid, namespace }, spec: { serviceAccountName: 'default', ...spec } });
  const having = (pod: Pod | undefined) => house({ podOf: (asked) => (asked === uid ? pod : undefined) });

  it('run if there is such a pod', () => {
    expect(notAccepted(home, having(proxy()))).toBeUndefined();
  });

  it.each([
    ['there is none', undefined],
    ['it is elsewhere', proxy({}, 'other')],
    ['it has another service account', proxy({ serviceAccountName: 'small' })],
    ['it has another priority', proxy({ priorityClassName: 'low' })],
  ])('are refused if %s', (_, pod) => {
    expect(notAccepted(home, having(pod))?.reason).toBe('NotAccepted');
  });
});

describe('planDelegate', () => {
  const closed = house({ self: self({ sources: [] }) });

  it('refuses what is not accepted, and says so on the delegation', () => {
    const { actions, reasons } = planDelegate(state({ house: closed }));
    expect(reasons).toEqual([{ reason: 'NotAccepted', message: 'does not accept pods of a' }]);
    expect(actions).toMatchObject([{ do: 'patch', at: 'hub', subresource: 'status' }]);
  });

  it('lets run what runs', () => {
    const pod = delegateOf(delegation(), running);
    const { reasons, actions } = planDelegate(state({ house: closed, pod }));
    expect(reasons).toEqual([]);
    expect(actions).toMatchObject([{ body: { status: { pod: { phase: 'Running' } } } }]);
  });
});

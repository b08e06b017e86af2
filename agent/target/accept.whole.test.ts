import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { type House, notAccepted } from './accept.ts';
import { delegation, house, manifest, self } from './delegation.samples.ts';

const of = delegation();
const refused = (message: string) => ({ reason: 'NotAccepted', message });
const bare = (labels?: Record<string, string>): Pod => ({
  metadata: { name: 'p', ...(labels && { labels }) },
  spec: { containers: [] },
});

it.each<[string, Partial<House>, object | undefined]>([
  ['a target that is not registered', { self: undefined }, refused('b is not registered on the hub')],
  ['a source that is not accepted', { self: self({ sources: [] }) }, refused('does not accept pods of a')],
  [
    'a namespace that is not accepted',
    { self: self({ namespaces: [] }) },
    { reason: 'NamespaceNotAccepted', message: 'does not accept namespace jobs' },
  ],
  [
    'a claim of its own, whoever else is there',
    { self: self(), claims: { jobs: 'a' }, delegatesIn: () => [bare()] },
    undefined,
  ],
  [
    'delegates that do not say whose they are',
    { self: self(), delegatesIn: () => [bare()] },
    { reason: 'NamespaceTaken', message: 'namespace jobs is used by ' },
  ],
  [
    'delegates with other labels',
    { self: self(), delegatesIn: () => [bare({ app: 'x' })] },
    { reason: 'NamespaceTaken', message: 'namespace jobs is used by ' },
  ],
  ['nobody else', { self: self() }, undefined],
])('a delegate finds %s', (_, change, reason) => {
  expect(notAccepted(of, house(change))).toStrictEqual(reason);
});

it('only delegates of its own namespace count', () => {
  const asked: string[] = [];
  const delegatesIn = (namespace: string) => {
    asked.push(namespace);
    return [];
  };
  expect(notAccepted(of, house({ self: self(), delegatesIn }))).toBeUndefined();
  expect(asked).toEqual(['jobs']);
});

describe('a pod of the target itself', () => {
  const { uid } = of.spec.pod;
  const ours = (spec: Partial<Pod['spec']>, text?: string) =>
    delegation({ pod: manifest({ spec }), spec: { source: 'b', ...(text !== undefined && { manifest: text }) } });
  const at = (spec: Partial<Pod['spec']>): Partial<House> => ({ podOf: () => manifest({ metadata: { uid }, spec }) });
  const no = refused(`b has no pod ${uid} that asks for this`);

  it.each<[string, Partial<Pod['spec']>, Partial<Pod['spec']>, object | undefined]>([
    ['no service account', {}, {}, undefined],
    ['the default, as the API server writes it', {}, { serviceAccountName: 'default' }, undefined],
    ['the default, in the manifest alone', { serviceAccountName: 'default' }, { serviceAccountName: '' }, undefined],
    ['the same account', { serviceAccountName: 'x' }, { serviceAccountName: 'x' }, undefined],
    ['another account', { serviceAccountName: 'x' }, {}, no],
    ['an account that the manifest does not name', {}, { serviceAccountName: 'x' }, no],
    ['the same priority', { priorityClassName: 'high' }, { priorityClassName: 'high' }, undefined],
    ['no priority where the manifest has one', { priorityClassName: 'high' }, {}, no],
    ['a priority that the manifest does not name', {}, { priorityClassName: 'high' }, no],
    ['an empty priority', {}, { priorityClassName: '' }, undefined],
  ])('that has %s', (_, wanted, has, reason) => {
    expect(notAccepted(ours(wanted), house(at(has)))).toStrictEqual(reason);
  });

  it('is asked for by the UID of the proxy', () => {
    const podOf = (each: string) => (each === uid ? manifest() : undefined);
    expect(notAccepted(ours({}), house({ podOf }))).toBeUndefined();
    expect(notAccepted(ours({}), house())).toStrictEqual(no);
  });

  it('needs no claim, and is compared even with a manifest that is none', () => {
    const taken = { self: self(), claims: { jobs: 'c' } };
    expect(notAccepted(ours({}), house({ ...at({}), ...taken }))).toBeUndefined();
    expect(notAccepted(ours({}, '{'), house(at({})))).toBeUndefined();
    expect(notAccepted(ours({}, '{'), house(at({ priorityClassName: 'high' })))).toStrictEqual(no);
  });
});

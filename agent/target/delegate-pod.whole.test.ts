import { describe, expect, it } from 'vitest';
import { type Amendment, DELEGATE, type Pod } from '../../api/index.ts';
import { markOf } from './amendments.ts';
import {
  delegatePod,
  isDelegateOf,
  isMadeFor,
  labelKeysOf,
  parseManifest,
  type WantedMeta,
  wantedMeta,
} from './delegate-pod.ts';
import { delegation, manifest } from './delegation.samples.ts';

const own = (key: string) => `multicluster.admiralty.io/${key}`;
const of = delegation();
const { uid } = of.spec.pod;
const origin = {
  [DELEGATE.source]: 'a',
  [DELEGATE.proxyNamespace]: 'jobs',
  [DELEGATE.proxyName]: 'work',
  [DELEGATE.proxyUid]: uid,
  [DELEGATE.attempt]: '1',
};
const metaOf = (metadata: Partial<Pod['metadata']>, amendments?: Amendment[]): WantedMeta => {
  const meta = wantedMeta(manifest({ metadata }), { ...of.spec, ...(amendments && { amendments }) });
  if ('reason' in meta) throw new Error(meta.message);
  return meta;
};

it('a delegate is its manifest under its own name, with its origin', () => {
  expect(delegatePod(of)).toStrictEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...of.spec.delegate, labels: { [own('app')]: 'web', ...origin }, annotations: origin },
    spec: { containers: [{ name: 'main', image: 'busybox' }], hostname: 'work' },
  });
});

it('a delegate of a pod without labels and annotations has its origin alone', () => {
  const bare = { metadata: { name: 'work' }, spec: { containers: [] } };
  expect(delegatePod(delegation({ pod: bare }))).toStrictEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...of.spec.delegate, labels: origin, annotations: origin },
    spec: { containers: [], hostname: 'work' },
  });
});

it.each(['{', '', 'null', '[]', '{"metadata":{}}'])('%j is no manifest', (text) => {
  expect(parseManifest({ ...of.spec, manifest: text })).toBeUndefined();
  expect(delegatePod(delegation({ spec: { manifest: text } }))).toStrictEqual({
    reason: 'BadManifest',
    message: 'spec.manifest is not a pod in JSON',
  });
});

describe('the host name', () => {
  it.each<[string, Partial<Pod['spec']>, string, string | undefined]>([
    ['is that of the proxy', {}, 'a.b', 'a-b'],
    ['is that of the proxy, if none is meant', { hostname: '' }, 'work', 'work'],
    ['is the one asked for', { hostname: 'h' }, 'work', 'h'],
    ['is left out on the host network', { hostNetwork: true }, 'work', undefined],
    ['is not left out elsewhere', { hostNetwork: false }, 'work', 'work'],
    ['is left out if none can be made', {}, '...', undefined],
  ])('%s', (_, spec, name, hostname) => {
    const made = delegatePod(delegation({ pod: manifest({ spec }), spec: { pod: { ...of.spec.pod, name } } }));
    const containers = [{ name: 'main', image: 'busybox' }];
    const whole = { containers, ...spec, ...(hostname !== undefined && { hostname }) };
    expect('spec' in made && made.spec).toStrictEqual(whole);
  });
});

describe('labels and annotations of a delegate', () => {
  it('say in labels what fits in 63 characters', () => {
    const named = (length: number) =>
      delegatePod(delegation({ spec: { pod: { ...of.spec.pod, name: 'n'.repeat(length) } } }));
    expect(named(63)).toHaveProperty(['metadata', 'labels', DELEGATE.proxyName], 'n'.repeat(63));
    expect(named(64)).not.toHaveProperty(['metadata', 'labels', DELEGATE.proxyName]);
  });

  it('hold amendments, and which', () => {
    const amendments: Amendment[] = [
      { of: 'labels', key: 'app', value: 'db' },
      { of: 'labels', key: 'new', value: '1' },
      { of: 'annotations', key: 'mine' },
      { of: 'annotations', key: 'note', value: 'n' },
    ];
    const meta = metaOf({ labels: { app: 'web' }, annotations: { mine: '1' } }, amendments);
    expect(meta.labels).toStrictEqual({ [own('app')]: 'db', [own('new')]: '1', ...origin });
    expect(meta.annotations).toStrictEqual({ note: 'n', ...origin, [DELEGATE.amended]: markOf(amendments) });
    expect([...meta.renames]).toEqual([
      ['app', own('app')],
      ['new', own('new')],
    ]);
  });

  it('are spared by their values as amended, and by those that were taken away', () => {
    const annotations = { [own('no-prefix-label-regexp')]: '^(app=web|tier=db)$' };
    const amended = metaOf({ labels: { app: 'web', tier: 'x' }, annotations }, [
      { of: 'labels', key: 'app' },
      { of: 'labels', key: 'tier', value: 'db' },
    ]);
    expect([...amended.renames]).toEqual([
      ['app', 'app'],
      ['tier', 'tier'],
    ]);
    expect(amended.labels).toStrictEqual({ tier: 'db', ...origin });
  });

  it('cannot be worked out with a bad pattern', () => {
    const annotations = { [own('no-prefix-label-regexp')]: '(' };
    expect(wantedMeta(manifest({ metadata: { annotations } }), of.spec)).toMatchObject({ reason: 'InvalidAnnotation' });
  });
});

describe('labelKeysOf', () => {
  const keysOf = (key: string, metadata: Partial<Pod['metadata']>, ...amendments: Amendment[]) =>
    labelKeysOf(key, manifest({ metadata }), metaOf(metadata, amendments));
  const pattern = { annotations: { [own('no-prefix-label-regexp')]: 'app=web' } };

  it.each<[string, string[], string[]]>([
    ['one that was there', keysOf('app', {}, { of: 'labels', key: 'app', value: 'db' }), [own('app')]],
    ['one that came', keysOf('new', {}, { of: 'labels', key: 'new', value: '1' }), [own('new')]],
    [
      'one of a pod without labels',
      labelKeysOf('app', { metadata: { name: 'p' }, spec: { containers: [] } }, metaOf({})),
      [own('app')],
    ],
    [
      'one whose old value was spared',
      keysOf('app', pattern, { of: 'labels', key: 'app', value: 'db' }),
      [own('app'), 'app'],
    ],
    ['none of an unknown one', keysOf('x', {}), []],
  ])('names the keys that a label may have: %s', (_, keys, expected) => {
    expect(keys).toStrictEqual(expected);
  });

  it('goes by the amended key alone, if the pattern is bad', () => {
    const bad = manifest({ metadata: { annotations: { [own('no-prefix-label-regexp')]: '(' } } });
    expect(labelKeysOf('app', bad, metaOf({}))).toStrictEqual([own('app')]);
  });
});

describe('whose a pod is', () => {
  const metadata = { ...of.spec.delegate, uid: 'u', labels: origin, annotations: origin };
  const pod = (change: Partial<Pod['metadata']> = {}): Pod => ({
    metadata: { ...metadata, ...change },
    spec: { containers: [] },
  });
  const { labels, ...noLabels } = pod().metadata;
  const { annotations, ...noAnnotations } = pod().metadata;

  it.each<[string, Pod, boolean]>([
    ['all is said', pod(), true],
    ['it is of another proxy', pod({ annotations: { [DELEGATE.proxyUid]: 'x' } }), false],
    ['it is of another source', pod({ labels: { [DELEGATE.source]: 'x' } }), false],
    ['it has another name', pod({ name: 'x' }), false],
    ['it is in another namespace', pod({ namespace: 'x' }), false],
    ['it has no labels', { ...pod(), metadata: noLabels }, false],
    ['it has no annotations', { ...pod(), metadata: noAnnotations }, false],
  ])('is known if %s', (_, each, is) => {
    expect(isMadeFor(each, of)).toBe(is);
    expect(isDelegateOf(each, of)).toBe(is);
  });

  it.each([
    ['nobody was told of', {}, true],
    ['the hub was told of', { delegate: { uid: 'u' } }, true],
    ['came instead of the one that the hub was told of', { delegate: { uid: 'x' } }, false],
  ])('is the delegate that %s', (_, status, is) => {
    expect(isDelegateOf(pod(), delegation({ status }))).toBe(is);
    expect(isMadeFor(pod(), delegation({ status }))).toBe(true);
  });

  it('is nobody’s by the right UID alone', () => {
    expect(isDelegateOf(pod({ name: 'x' }), delegation({ status: { delegate: { uid: 'u' } } }))).toBe(false);
  });
});

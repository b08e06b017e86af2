import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANNOTATION,
  CLUSTER_NAMESPACES,
  DELEGATE,
  delegateName,
  hash,
  hostName,
  isClusterName,
  isOurs,
  isReservedNamespace,
  memberNamespace,
  pairNamespace,
  sourceUser,
  virtualNodeName,
  withoutOurs,
} from './names.ts';

describe('keys of ours', () => {
  it('are those in a domain of ours, or beneath it', () => {
    for (const key of [...Object.values(ANNOTATION), ...Object.values(DELEGATE)]) expect(isOurs(key), key).toBe(true);
    expect(isOurs('node.multicluster.admiralty.io/target')).toBe(true);
    expect(isOurs('multicluster.admiralty.io/')).toBe(true);
  });

  it.each([
    'app',
    '',
    'multicluster.admiralty.io',
    '/multicluster.admiralty.io',
    'admiralty.io/x',
    'multicluster.admiralty.io.example.com/x',
    'notmulticluster.admiralty.io/x',
    'example.com/multicluster.admiralty.io',
    'multicluster.admiralty.ioX',
  ])('are not %j', (key) => {
    expect(isOurs(key)).toBe(false);
  });

  it('do not travel', () => {
    expect(withoutOurs({ app: 'x', [ANNOTATION.elect]: '', 'a/b': 'y', [DELEGATE.source]: 's' })).toEqual({
      app: 'x',
      'a/b': 'y',
    });
    expect(withoutOurs()).toEqual({});
  });
});

it.each([
  ['kube-system', true],
  ['kube-public', true],
  ['kube-node-lease', true],
  ['berth-system', true],
  ['berth-a--b', true],
  ['berth-', true],
  ['berth', false],
  ['berthed', false],
  ['default', false],
  ['kube-flannel', false],
  ['my-berth-system', false],
  ['', false],
])("whether %j is the cluster's own or ours: %s", (namespace, reserved) => {
  expect(isReservedNamespace(namespace)).toBe(reserved);
});

it("keeps pods of the cluster's own namespaces at home", () => {
  expect(CLUSTER_NAMESPACES).toEqual(['kube-system', 'kube-public', 'kube-node-lease']);
});

it('names what belongs to members', () => {
  expect(memberNamespace('a')).toBe('berth-a');
  expect(pairNamespace('a', 'b-c')).toBe('berth-a--b-c');
  expect(virtualNodeName('b')).toBe('berth-b');
  expect(sourceUser('a')).toBe('berth:source:a');
});

describe('isClusterName', () => {
  it.each(['a', '0', 'a-b', 'a-b-c', '1a', 'a1', 'systems', 'x'.repeat(27)])('takes %s', (name) => {
    expect(isClusterName(name)).toBe(true);
  });

  it.each(['', '-', '-a', 'a-', 'a--b', 'a_b', 'a.b', 'A', 'aB', 'a b', 'a\n', 'é', 'system', 'x'.repeat(28)])(
    'refuses %j',
    (name) => {
      expect(isClusterName(name)).toBe(false);
    },
  );
});

describe('delegateName', () => {
  const pod = { namespace: 'default', name: 'web-0', uid: 'u-1' };

  it('says whose it is, and ends in a hash of UID and attempt', () => {
    expect(delegateName('a', pod, 1)).toBe(`a-default-web-0-${hash('u-1/1')}`);
    expect(delegateName('a', pod, 2)).toBe(`a-default-web-0-${hash('u-1/2')}`);
    expect(delegateName('a', { ...pod, uid: 'u-2' }, 1)).toBe(`a-default-web-0-${hash('u-2/1')}`);
  });

  it('fills 253 characters, not one more', () => {
    // 242 characters, a dash and ten of the hash.
    const room = 242 - 'a-default-'.length;
    for (const [length, kept] of [
      [room - 1, room - 1],
      [room, room],
      [room + 1, room],
      [253, room],
    ] as const)
      expect(delegateName('a', { ...pod, name: 'x'.repeat(length) }, 1)).toBe(
        `a-default-${'x'.repeat(kept)}-${hash('u-1/1')}`,
      );
  });

  it.each(['.', '-', '-.-'])('does not end a cut label in %j', (end) => {
    const room = 242 - 'a-default-'.length;
    const kept = 'x'.repeat(room - end.length);
    const name = delegateName('a', { ...pod, name: `${kept}${end}yyy` }, 1);
    expect(name).toBe(`a-default-${kept}-${hash('u-1/1')}`);
  });

  it('keeps dots and dashes within', () => {
    expect(delegateName('a', { ...pod, name: 'x.y-z' }, 1)).toBe(`a-default-x.y-z-${hash('u-1/1')}`);
  });

  it('is a name for a pod, whatever that of the proxy', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?){0,3}$/);
    fc.assert(
      fc.property(name, fc.nat(), (of, attempt) => {
        const delegate = delegateName('a', { ...pod, name: of.slice(0, 253) }, attempt);
        expect(delegate.length).toBeLessThanOrEqual(253);
        expect(delegate).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      }),
    );
  });
});

describe('hostName', () => {
  it.each([
    ['web-0', 'web-0'],
    ['a.b.c', 'a-b-c'],
    ['x'.repeat(63), 'x'.repeat(63)],
    ['x'.repeat(64), 'x'.repeat(63)],
    [`${'x'.repeat(62)}.y`, 'x'.repeat(62)],
    [`${'x'.repeat(60)}---y`, 'x'.repeat(60)],
    ['-a', '-a'],
    ['a--b', 'a--b'],
    ['a-', 'a'],
    ['...', undefined],
    ['', undefined],
  ])('of %s is %s', (name, host) => {
    expect(hostName(name)).toBe(host);
  });
});

describe('hash', () => {
  it.each([
    ['', 'wvjl67o803'],
    ['a', '62p94epp1d'],
    ['b', 'dic9ba9q67'],
    ['ab', 'xb319mxp3m'],
    ['ba', 'ephlycpmy1'],
    ['0f0b1c9e-1111-4000-8000-000000000000/1', 'ddzfc55s15'],
    ['0f0b1c9e-1111-4000-8000-000000000000/2', '5psejfjpq9'],
    ['pod ü €', 'cowgekgd0x'],
    // Short ones are filled up.
    ['u/534', '000yiskynh'],
  ])('of %j is %s, in every version', (text, expected) => {
    expect(hash(text)).toBe(expected);
  });

  it('is ten characters of base 36, and tells texts apart', () => {
    const seen = new Set(Array.from({ length: 5000 }, (_, i) => hash(`uid/${i}`)));
    expect(seen.size).toBe(5000);
    for (const one of seen) expect(one).toMatch(/^[a-z0-9]{10}$/);
  });
});

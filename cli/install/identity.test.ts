import { expect, it } from 'vitest';
import type { Cluster } from '../../api/index.ts';
import { checkIdentities } from './identity.ts';

const registered = (name: string, uid?: string): Cluster => ({
  metadata: { name },
  spec: { roles: ['Target'], accept: { sources: [], namespaces: [] }, ...(uid !== undefined && { uid }) },
});
const check = (members: [string, string][], ...clusters: Cluster[]) =>
  checkIdentities(
    members.map(([name, uid]) => ({ name, uid })),
    clusters,
  );

it('every cluster under its own name, again and again', () => {
  check(
    [
      ['a', '1'],
      ['b', '2'],
    ],
    registered('a', '1'),
    registered('b'),
  );
});

it.each([
  [
    'in one command',
    [
      ['a', '1'],
      ['b', '1'],
    ],
    [],
  ],
  ['beside one that is registered', [['b', '1']], [registered('a', '1')]],
] as [string, [string, string][], Cluster[]][])('a cluster under two names %s is refused', (_, members, clusters) => {
  expect(() => check(members, ...clusters)).toThrow('b and a are the same cluster (UID 1)');
});

it('so is a name that belongs to another cluster', () => {
  expect(() => check([['a', '2']], registered('a', '1'))).toThrow('a is another cluster on the hub');
});

import { expect, it } from 'vitest';
import type { Node } from '../../api/index.ts';
import { Members } from './members.ts';
import { Usage } from './usage.ts';

const node = (name: string, pool?: string, cpu = '4'): Node => ({
  metadata: { name, ...(pool && { labels: { 'karpenter.sh/nodepool': pool } }) },
  status: { allocatable: { cpu } },
});
const virtual: Node = { metadata: { name: 'v', labels: { 'node.multicluster.admiralty.io/target': 'b' } } };
const namesIn = (members: Members, pool: string) =>
  members.specOf(pool, new Usage())?.shapes.flatMap(({ nodes }) => nodes.map(({ name }) => name));

it('a node is in its pool from its coming to its going', () => {
  const members = new Members();
  expect(members.has('default')).toBe(false);
  expect(members.specOf('default', new Usage())).toBeUndefined();
  expect(members.apply(undefined, node('a'))).toEqual(['default']);
  expect(members.apply(undefined, node('b'))).toEqual(['default']);
  expect(namesIn(members, 'default')).toEqual(['a', 'b']);
  expect(members.apply(node('a'), undefined)).toEqual(['default']);
  expect([members.has('default'), members.poolOf('a'), members.poolOf('b')]).toEqual([true, undefined, 'default']);
  expect(namesIn(members, 'default')).toEqual(['b']);
  members.apply(node('b'), undefined);
  expect(members.has('default')).toBe(false);
  expect(members.specOf('default', new Usage())).toBeUndefined();
});

it('a node that moves changes both pools, one that stays changes its own', () => {
  const members = new Members();
  members.apply(undefined, node('a', 'x'));
  expect(members.apply(node('a', 'x'), node('a', 'y'))).toEqual(['x', 'y']);
  expect([members.has('x'), members.poolOf('a'), namesIn(members, 'y')]).toEqual([false, 'y', ['a']]);
  expect(members.apply(node('a', 'y'), node('a', 'y', '8'))).toEqual(['y']);
  expect(members.specOf('y', new Usage())?.shapes[0]?.allocatable).toEqual({ cpu: '8' });
});

it('what is used of a node is no room', () => {
  const members = new Members();
  const usage = new Usage();
  const containers = [{ name: 'c', resources: { requests: { cpu: '1' } } }];
  usage.apply(undefined, { metadata: { name: 'p' }, spec: { nodeName: 'a', containers } });
  members.apply(undefined, node('a'));
  expect(members.specOf('default', usage)?.shapes[0]?.nodes[0]?.room).toEqual({ cpu: '3' });
});

it('virtual nodes are in no pool, also if they were in one', () => {
  const members = new Members();
  expect(members.apply(undefined, virtual)).toEqual([]);
  expect(members.apply(virtual, undefined)).toEqual([]);
  expect(members.poolOf('v')).toBeUndefined();
  members.apply(undefined, node('v'));
  expect(members.apply(node('v'), virtual)).toEqual(['default']);
  expect([members.has('default'), members.poolOf('v')]).toEqual([false, undefined]);
});

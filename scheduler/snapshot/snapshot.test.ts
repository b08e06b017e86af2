import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../api/index.ts';
import { cluster, node, pool } from '../test-objects.ts';
import { Snapshot } from './snapshot.ts';

/** What there was news of, step by step. */
function newsOf(snapshot: Snapshot, ...steps: (() => void)[]): number[] {
  return steps.map((step) => {
    const before = snapshot.news;
    step();
    return snapshot.news - before;
  });
}

const names = (snapshot: Snapshot) => snapshot.members.map(({ name }) => name);

describe('members', () => {
  it('are sorted by name, whenever they come', () => {
    const snapshot = new Snapshot();
    for (const name of ['c', 'a', 'b']) snapshot.applyCluster(name, cluster(name));
    expect(names(snapshot)).toEqual(['a', 'b', 'c']);
    snapshot.applyCluster('0', cluster('0'));
    expect(names(snapshot)).toEqual(['0', 'a', 'b', 'c']);
    snapshot.applyCluster('b', undefined);
    expect(names(snapshot)).toEqual(['0', 'a', 'c']);
    expect(snapshot.member('b')).toBeUndefined();
  });

  it('carry spec and labels as registered last', () => {
    const snapshot = new Snapshot();
    snapshot.applyCluster('a', cluster('a', { roles: ['Source'] }, { env: 'test' }));
    expect(snapshot.members).toEqual([
      { name: 'a', spec: cluster('a', { roles: ['Source'] }).spec, labels: { env: 'test' } },
    ]);
    snapshot.applyCluster('a', { metadata: { name: 'a' }, spec: cluster('a').spec });
    expect(snapshot.members).toEqual([{ name: 'a', spec: cluster('a').spec, labels: {} }]);
  });

  it('are news when they come, change or go, and only then', () => {
    const snapshot = new Snapshot();
    const apply = (now: Cluster | undefined) => () => snapshot.applyCluster('a', now);
    const status = { ...cluster('a', {}, { env: 'x' }), status: { nodes: 3 } };
    expect(
      newsOf(
        snapshot,
        ...[apply(undefined), apply(cluster('a')), apply(cluster('a')), apply(cluster('a', {}, { env: 'x' }))],
        ...[apply(status), apply(cluster('a', { roles: [] }, { env: 'x' })), apply(undefined), apply(undefined)],
      ),
    ).toEqual([0, 1, 0, 1, 0, 1, 1, 0]);
  });
});

describe('who is online', () => {
  it('is news when it changes', () => {
    const snapshot = new Snapshot();
    expect(snapshot.isOnline('a')).toBe(false);
    const set = (online: boolean) => () => snapshot.setOnline('a', online);
    expect(newsOf(snapshot, set(false), set(true), set(true), set(false))).toEqual([0, 1, 0, 1]);
    snapshot.setOnline('a', true);
    expect([snapshot.isOnline('a'), snapshot.isOnline('b')]).toEqual([true, false]);
  });
});

describe('room', () => {
  it('is one per name, also before the cluster is known', () => {
    const snapshot = new Snapshot();
    expect(snapshot.room('a')).toBe(snapshot.room('a'));
    expect(snapshot.room('a')).not.toBe(snapshot.room('b'));
    expect(names(snapshot)).toEqual([]);
  });

  it('counts the nodes of the whole fleet', () => {
    const snapshot = new Snapshot();
    expect(snapshot.nodes).toBe(0);
    snapshot.applyPool('a', 'p', pool('a', [node('1', { cpu: '1' }), node('2', { cpu: '1' })]));
    snapshot.applyPool('b', 'p', pool('b', [node('3', { cpu: '1' })]));
    expect(snapshot.nodes).toBe(3);
    snapshot.applyPool('a', 'p', undefined);
    expect(snapshot.nodes).toBe(1);
  });
});

import { expect, it, test } from 'vitest';
import type { Cluster } from '../api/index.ts';
import { reportsOf } from './offline.ts';

type Change = { old?: Cluster; now?: Cluster };

const self = (...offlineTargets: string[]): Cluster => ({ ...silent, status: { offlineTargets } });
const silent: Cluster = { metadata: { name: 'home' }, spec: { roles: [], accept: { sources: [], namespaces: [] } } };

/** What is told of one change of the member's own Cluster. */
function toldOf(change: Change): string[][] {
  const told: string[][] = [];
  const subscribe = (listener: (change: Change) => void) => {
    listener(change);
    return () => undefined;
  };
  reportsOf({ get: () => undefined, subscribe }, 'home').onChange((targets) => told.push(targets));
  return told;
}

test.each<[string, Change, string[][]]>([
  ['the first word', { now: self('a', 'b') }, [['a', 'b']]],
  ['that the word went', { old: self('a') }, [['a']]],
  ['only those that changed', { old: self('a', 'b'), now: self('b', 'c') }, [['a', 'c']]],
  ['nothing if nothing changed', { old: self('a', 'b'), now: self('b', 'a') }, []],
  ['nothing if there never was a word', { old: silent, now: { ...silent, status: {} } }, []],
])('of targets is told: %s', (_, change, told) => {
  expect(toldOf(change)).toEqual(told);
});

it('only its own Cluster counts, and one that says nothing says that nobody is offline', () => {
  const isOffline = (key: string, of: Cluster | undefined) =>
    reportsOf({ get: (name) => (name === key ? of : undefined), subscribe: () => () => undefined }, 'home').isOffline(
      'a',
    );
  expect(isOffline('home', self('a'))).toBe(true);
  expect(isOffline('other', self('a'))).toBe(false);
  expect(isOffline('home', self('b'))).toBe(false);
  expect(isOffline('home', silent)).toBe(false);
});

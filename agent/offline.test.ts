import { expect, test } from 'vitest';
import type { Cluster } from '../api/index.ts';
import { Store } from '../kube/index.ts';
import { reportsOf } from './offline.ts';

const self = (version: string, ...offlineTargets: string[]): Cluster => ({
  metadata: { name: 'home', uid: 'u', resourceVersion: version },
  spec: { roles: ['Source'], accept: { sources: [], namespaces: [] } },
  status: { offlineTargets },
});

test('a target is offline while the hub says so, and each change is told once', () => {
  const store = new Store<Cluster>();
  const reports = reportsOf(store, 'home');
  const told: string[][] = [];
  const stop = reports.onChange((targets) => told.push(targets));
  expect(reports.isOffline('a')).toBe(false);
  store.observe(self('1', 'a'));
  expect(reports.isOffline('a')).toBe(true);
  store.observe(self('2', 'a'));
  store.observe(self('3', 'b'));
  expect([reports.isOffline('a'), reports.isOffline('b')]).toEqual([false, true]);
  stop();
  store.observe(self('4'));
  expect(told).toEqual([['a'], ['a', 'b']]);
});

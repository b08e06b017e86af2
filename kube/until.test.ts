import { expect, test } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { Store } from './store.ts';
import { until } from './until.ts';

const object = (resourceVersion: string): KubeObject => ({ metadata: { name: 'a', uid: 'u', resourceVersion } });
const { signal } = new AbortController();

test('ends at once, or with the change that makes it so', async () => {
  const store = new Store();
  await until(store, () => true, signal);
  const waiting = until(store, () => store.get('a')?.metadata.resourceVersion === '2', signal);
  store.observe(object('1'));
  store.observe(object('2'));
  await waiting;
});

test('ends with the signal, also with one that has fired, and asks no more', async () => {
  const store = new Store();
  const ending = new AbortController();
  let asked = 0;
  const waiting = until(store, () => ++asked < 0, ending.signal);
  ending.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(until(store, () => true, ending.signal)).rejects.toThrow('enough');
  store.observe(object('1'));
  expect(asked).toBe(1);
});

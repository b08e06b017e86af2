import { expect, onTestFinished, test, vi } from 'vitest';
import type { Action, PodDecision, PodObservation } from '../../api/index.ts';
import type { ApiClient, Log } from '../../kube/index.ts';
import { createStores } from '../stores.ts';
import { decision, fleet, observation } from '../test-objects.ts';
import { createDecider } from './reconciler.ts';

const silent = () => undefined;

/** A decider that knows one pod and its decision; `onHub` is what the hub says when asked for observations. */
function begin(onHub: PodObservation[]) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const stores = createStores();
  const written: Action[] = [];
  const warned: object[] = [];
  const warn = (fields: object) => warned.push(fields);
  const log: Log = { debug: silent, info: silent, warn, error: silent };
  const list = vi.fn(async () => ({ metadata: { resourceVersion: '9' }, items: onHub }));
  const decider = createDecider({
    stores,
    snapshot: fleet({ a: [4] }),
    hub: { list } as unknown as ApiClient,
    run: async (actions) => {
      written.push(...actions);
      // As the runner does with what the hub answers.
      for (const action of actions)
        if (action.do === 'create') stores.poddecisions.observe(action.object as PodDecision);
    },
    ...{ log, now: Date.now, random: () => 0, signal: stop.signal },
  });
  stores.podobservations.observe(observation('a', 'u'));
  stores.poddecisions.observe(decision('a', 'u', { target: 'a', node: 'a-0' }));
  decider.start();
  return { stores, written, warned, list };
}

test('a pod whose decision is seen to go before its observation is not decided again', async () => {
  const { stores, written, list } = begin([]);
  stores.poddecisions.forget('berth-a/u', 'decision-u');
  await vi.waitFor(() => expect(stores.podobservations.get('berth-a/u')).toBeUndefined());
  expect(list).toHaveBeenCalledTimes(1);
  expect(written).toEqual([]);
});

test('one whose decision was lost is', async () => {
  const { stores, written } = begin([observation('a', 'u')]);
  stores.poddecisions.forget('berth-a/u', 'decision-u');
  await vi.waitFor(() => expect(written).toMatchObject([{ do: 'create', resource: 'poddecisions' }]));
});

test('what is in namespaces of nobody is told once, and nothing is decided about it', async () => {
  const { stores, written, warned } = begin([]);
  const strange = observation('a', 'v');
  const at = (namespace: string, resourceVersion = '1') => ({
    ...strange,
    metadata: { ...strange.metadata, namespace, resourceVersion },
  });
  stores.podobservations.observe(at('default'));
  stores.podobservations.observe(at('berth-system', '2'));
  stores.podobservations.observe(at('default', '3'));
  stores.podobservations.observe(observation('a', 'w'));
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(written).toMatchObject([{ object: { metadata: { name: 'w' } } }]);
  expect(warned).toEqual([
    { namespace: 'default', name: 'v' },
    { namespace: 'berth-system', name: 'v' },
  ]);
});

import { describe, expect } from 'vitest';
import type { Action, KubeObject, Pod } from '../../../api/index.ts';
import { startController } from '../../../kube/controller.ts';
import { createRunner } from '../../../kube/runner.ts';
import { Store } from '../../../kube/store.ts';
import { silentLog } from '../../../kube/testing/silent-log.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { Fault } from '../proxy/faults.ts';
import { type Scene, soon, TRAPS, test } from './scene.ts';

const FAULTS: readonly Fault[] = [
  { kind: 'drop-before' },
  { kind: 'drop-after' },
  ...[409, 429, 500, 503].map((code) => ({ kind: 'answer', code }) as const),
];
const NODE = 'none';

/** One action of each kind, on objects that are there for it. */
async function prepare({ namespace, direct, put }: Scene) {
  const ready = async () => (await direct.get('serviceaccounts', 'default', { namespace })) !== undefined;
  await waitUntil(ready, { what: 'pods can be created', timeout: 10_000, interval: 20 });
  const pod = await direct.create<Pod>('pods', {
    metadata: { name: 'bound', namespace },
    spec: { containers: [{ name: 'main', image: 'busybox' }] },
  } as KubeObject);
  const [doomed] = await Promise.all([put('deleted'), put('patched')]);
  const home = { at: 'home', resource: 'leases', namespace } as const;
  const created = { metadata: { name: 'created', namespace, annotations: { owner: 'me' } } };
  const actions: Action[] = [
    { do: 'create', at: 'home', resource: 'leases', object: created, adoptIf: { annotation: 'owner', value: 'me' } },
    { do: 'patch', ...home, name: 'patched', type: 'merge', body: { metadata: { annotations: { patched: 'yes' } } } },
    { do: 'delete', ...home, name: 'deleted', uid: doomed.metadata.uid ?? '' },
    { do: 'bind', at: 'home', namespace, name: 'bound', uid: pod.metadata.uid ?? '', node: NODE },
  ];
  return actions;
}

/** A controller whose one key is done when the actions are. Resolves when it has nothing more to do. */
async function carryOut({ client }: Scene, actions: readonly Action[]): Promise<Store<KubeObject>> {
  const leases = new Store<KubeObject>();
  const log = silentLog();
  const run = createRunner({ home: client, hub: client, stores: { home: { leases } }, log });
  const stop = new AbortController();
  let done = false;
  const reconcile = async (_: string, signal: AbortSignal) => {
    await run(actions, signal);
    done = true;
  };
  const common = { now: Date.now, random: () => 0, signal: stop.signal, log };
  const controller = startController({ name: 'writer', reconcile, ...common });
  controller.enqueue('all');
  await soon('all is written', () => done && controller.idle());
  stop.abort();
  await controller.stopped;
  return leases;
}

describe(TRAPS, () => {
  test.for(FAULTS.map((fault) => ({ fault, name: 'code' in fault ? String(fault.code) : fault.kind })))(
    '12 a write that gets $name is done once in the end, whether or not it took effect',
    async ({ fault }, { scene }) => {
      const { proxy, direct, namespace } = scene;
      const actions = await prepare(scene);
      const rules = ['POST', 'PATCH', 'DELETE'].map((verb) =>
        proxy.rule({ match: ({ method }) => method === verb, times: 1, fault }),
      );
      const isBinding = ({ path }: { path: string }) => path.endsWith('/binding');
      const bindings = proxy.rule({ match: isBinding, times: 1, fault });
      const store = await carryOut(scene, actions);
      expect([...rules, bindings].map(({ count }) => count)).toEqual([1, 1, 1, 1]);
      const names = (await direct.list('leases', { namespace })).items.map(({ metadata }) => metadata.name);
      expect(names).toEqual(['created', 'patched']);
      expect([...store.values()].map(({ metadata }) => metadata.annotations)).toEqual([
        { owner: 'me' },
        { patched: 'yes' },
      ]);
      expect(await direct.get('leases', 'patched', { namespace })).toEqual(store.get(`${namespace}/patched`));
      expect((await direct.get<Pod>('pods', 'bound', { namespace })).spec.nodeName).toBe(NODE);
    },
  );
});

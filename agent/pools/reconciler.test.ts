import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Action, Node, NodePoolObservation, Pod } from '../../api/index.ts';
import { type ApiClient, type Controller, type Log, Store } from '../../kube/index.ts';
import { startPools } from './reconciler.ts';

const silent = () => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };

const node = (name: string, version = '1'): Node => ({
  metadata: { name, uid: name, resourceVersion: version },
  status: { allocatable: { cpu: '4', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
});

const pod = (name: string, cpu: string, version = '1'): Pod => ({
  metadata: { name, namespace: 'n', uid: name, resourceVersion: version },
  spec: { nodeName: 'a', containers: [{ name: 'main', resources: { requests: { cpu } } }] },
  status: { phase: 'Running' },
});

describe('startPools', () => {
  let abort: AbortController;
  let controller: Controller;
  let onHub: Map<string, NodePoolObservation>;
  let done: string[];
  let clock: number;
  let stores: { nodes: Store<Node>; pods: Store<Pod> };

  const act = async (actions: readonly Action[]) => {
    for (const action of actions) {
      done.push(action.do);
      if (action.do === 'create') {
        const object = action.object as NodePoolObservation;
        onHub.set(object.metadata.name, { ...object, metadata: { ...object.metadata, uid: 'u' } });
      }
      if (action.do === 'delete') onHub.delete(action.name);
      const known = action.do === 'patch' ? onHub.get(action.name) : undefined;
      if (action.do === 'patch' && known) onHub.set(action.name, { ...known, ...(action.body as object) });
    }
  };
  const room = () => onHub.get('default')?.spec.shapes[0]?.nodes[0]?.room['cpu'];

  function start(): void {
    const list = async () => ({ metadata: { resourceVersion: '1' }, items: [...onHub.values()] });
    const hub = { list } as unknown as ApiClient;
    stores.nodes.markSynced();
    stores.pods.markSynced();
    const options = { cluster: 'b', hub, ...stores, act, now: () => clock, random: () => 0, signal: abort.signal, log };
    controller = startPools(options);
  }

  /** Resolves when nothing is left to do now. */
  const settled = () => vi.waitFor(() => expect(controller.idle()).toBe(true));

  beforeEach(() => {
    abort = new AbortController();
    onHub = new Map();
    done = [];
    clock = 0;
    stores = { nodes: new Store<Node>(), pods: new Store<Pod>() };
  });

  afterEach(async () => {
    abort.abort();
    await controller.stopped;
  });

  it('tells the room, at most once a second, and not without a change', async () => {
    stores.nodes.observe(node('a'));
    stores.pods.observe(pod('p', '1'));
    start();
    await vi.waitFor(() => expect(room()).toBe('3'));
    clock = 1_000;
    stores.pods.observe(pod('q', '1'));
    await vi.waitFor(() => expect(room()).toBe('2'));
    stores.pods.observe(pod('r', '500m'));
    stores.nodes.observe(node('a', '2'));
    await settled();
    expect(done).toEqual(['create', 'patch']);
    clock = 2_000;
    stores.pods.observe(pod('s', '500m'));
    await vi.waitFor(() => expect(room()).toBe('1'));
    clock = 3_000;
    stores.nodes.observe(node('a', '3'));
    stores.pods.observe(pod('s', '500m', '9'));
    await settled();
    expect(done).toEqual(['create', 'patch', 'patch']);
  });

  it('removes pools that are gone, also those that went while it was away', async () => {
    const metadata = { name: 'old', namespace: 'berth-b', uid: 'u' };
    onHub.set('old', { metadata, spec: { shapes: [] } });
    stores.nodes.observe(node('a'));
    start();
    await vi.waitFor(() => expect([...onHub.keys()]).toEqual(['default']));
    clock = 1_000;
    stores.nodes.forget('a', 'a');
    await vi.waitFor(() => expect(onHub.size).toBe(0));
  });
});

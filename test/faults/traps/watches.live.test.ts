import { describe, expect } from 'vitest';
import { DeadlineError } from '../../../kube/errors.ts';
import { sleep } from '../../../kube/time.ts';
import type { Fault } from '../proxy/faults.ts';
import {
  clientOf,
  type Followed,
  isList,
  isWatch,
  type Scene,
  soon,
  TRAPS,
  test,
  watching,
  withShortWatches,
} from './scene.ts';

/** Puts a Lease, waits until the store has it, and then until a watch is open. */
async function hears(scene: Scene, { store }: Followed, name: string): Promise<void> {
  await scene.put(name);
  await soon(`${name} is known`, () => store.get(`${scene.namespace}/${name}`) !== undefined);
  await watching(scene);
}

/** After other failures one item is asked for, to see that the server's history is still the one we know. */
const wholeLists = ({ proxy }: Scene): number =>
  proxy.requests.filter((request) => isList(request) && request.query.get('limit') !== '1').length;

const SPOILED: readonly Fault[] = [
  { kind: 'cut', how: 'reset' },
  { kind: 'cut', how: 'end' },
  { kind: 'garbage' },
  { kind: 'error-event', code: 410 },
  { kind: 'error-event', code: 500 },
  { kind: 'error-event', code: 429 },
];
const REFUSED: readonly Fault[] = [401, 403, 410, 429, 500, 503, 504].map((code) => ({ kind: 'answer', code }));

// They wait more than they work.
describe.concurrent(TRAPS, () => {
  test('2 a watch goes on after every kind of failure, and nothing is missed', async ({ scene }) => {
    const { proxy, follow } = scene;
    const followed = await follow();
    await watching(scene);
    for (const [index, fault] of SPOILED.entries()) {
      const before = wholeLists(scene);
      expect(proxy.rule({ match: isWatch, times: 1, fault }).count).toBe(1);
      await hears(scene, followed, `spoiled-${index}`);
      // Only 410 says that something may have been missed.
      expect(wholeLists(scene) - before).toBe('code' in fault && fault.code === 410 ? 1 : 0);
    }
    for (const [index, fault] of [...REFUSED, { kind: 'drop-before' } as const].entries()) {
      const rule = proxy.rule({ match: isWatch, times: 1, fault });
      proxy.rule({ match: isWatch, times: 1, fault: { kind: 'cut', how: 'end' } });
      await rule.seen();
      await hears(scene, followed, `refused-${index}`);
    }
    expect(followed.store.size).toBe(SPOILED.length + REFUSED.length + 1);
  });

  test.for([
    { what: 'ends every watch at once', match: isWatch, fault: { kind: 'cut', how: 'end' } },
    { what: 'resets every watch', match: isWatch, fault: { kind: 'cut', how: 'reset' } },
    { what: 'answers 500 to all', match: () => true, fault: { kind: 'answer', code: 500 } },
    { what: 'answers 429 to all', match: () => true, fault: { kind: 'answer', code: 429 } },
    { what: 'resets all', match: () => true, fault: { kind: 'drop-before' } },
  ] as const)('3 no storm on a server that $what', async ({ match, fault }, { scene }) => {
    const { proxy, follow } = scene;
    await follow();
    await watching(scene);
    proxy.rule({ match: isWatch, times: 1, fault: { kind: 'cut', how: 'reset' } });
    proxy.rule({ match, fault });
    const before = proxy.requests.length;
    await sleep(3000);
    const asked = proxy.requests.length - before;
    expect(asked).toBeGreaterThan(2);
    // Lists are tried four times each, with their own pauses.
    expect(asked).toBeLessThan(25);
  });

  test('4 a watch that is silent beyond its end is noticed, and what it kept to itself is found', async ({ scene }) => {
    const { cluster, proxy, follow } = scene;
    const client = clientOf(cluster, { watchGraceMs: 1000 });
    const followed = await follow({ client: withShortWatches(client, 1) });
    const rule = proxy.rule({ match: isWatch, times: 1, fault: { kind: 'stall' } });
    await rule.seen();
    const silentSince = performance.now();
    await hears(scene, followed, 'unheard');
    expect(performance.now() - silentSince).toBeGreaterThan(900);
    expect(followed.log.map(({ fields }) => ('err' in fields ? fields.err : undefined))).toContainEqual(
      expect.any(DeadlineError),
    );
    expect(followed.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await client.close();
  });

  test('5 a watch that is quiet but alive is left alone', { timeout: 60_000 }, async ({ scene }) => {
    const { proxy, follow, put } = scene;
    const { store } = await follow();
    await watching(scene);
    // Longer than any limit of the transport, and than what others take for dead.
    await soon('it is old', () => performance.now() - (proxy.watches[0]?.at ?? 0) > 31_000, 40_000);
    await put('at-last');
    await soon('it is told', () => store.size === 1);
    expect(proxy.requests.filter(isWatch)).toHaveLength(1);
  });

  test('6 a quiet watch moves on by bookmarks, so that it never falls out of history', async ({ scene }) => {
    const { client, proxy, direct, follow } = scene;
    await follow({ client: withShortWatches(client, 4) });
    await watching(scene);
    // The kind moves on in another namespace, of which this watch is told nothing.
    await direct.create('leases', { metadata: { name: 'elsewhere', namespace: 'default' } });
    await soon('the next watch', () => proxy.requests.filter(isWatch).length === 2);
    await direct.delete('leases', 'elsewhere', { namespace: 'default' });
    const [first, second] = proxy.requests.filter(isWatch).map(({ query }) => query);
    expect(first?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(second?.get('resourceVersion'))).toBeGreaterThan(Number(first?.get('resourceVersion')));
  });

  test('7 an exception of who listens is logged, and costs neither the watch nor other listeners', async ({
    scene,
  }) => {
    const { proxy, follow } = scene;
    const followed = await follow();
    await watching(scene);
    const heard: string[] = [];
    followed.store.subscribe(() => {
      throw new Error('a mistake of mine');
    });
    followed.store.subscribe(({ key }) => heard.push(key));
    await hears(scene, followed, 'a');
    await hears(scene, followed, 'b');
    expect(heard).toEqual([`${scene.namespace}/a`, `${scene.namespace}/b`]);
    expect(followed.log.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(proxy.requests.filter(isWatch)).toHaveLength(1);
  });
});

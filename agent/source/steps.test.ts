import { expect, test } from 'vitest';
import type { PodDelegation } from '../../api/index.ts';
import { Store } from '../../kube/index.ts';
import { delegationTo, UID } from '../../test/builders.ts';
import { emptyMemory } from './memory.ts';
import { bound, NOW, onNode, running, succeeded } from './plan.lab.ts';
import { stepsOf } from './steps.ts';

/** A source with one step, and what is known of its delegation. */
function setUp() {
  const delegations = new Store<PodDelegation>({ indexers: { name: ({ metadata }) => [metadata.name] } });
  const memory = emptyMemory();
  const enqueued: string[] = [];
  let version = 10;
  const show = (parts: Parameters<typeof delegationTo>[1], spec?: Parameters<typeof delegationTo>[2]) => {
    const delegation = delegationTo('away', parts, spec);
    delegations.observe({ ...delegation, metadata: { ...delegation.metadata, resourceVersion: String(++version) } });
  };
  show(onNode(running));
  const options = { cluster: 'home', delegations, now: () => NOW };
  const steps = stepsOf(options, memory, { enqueue: (uid: string) => void enqueued.push(uid) });
  return { steps, show, enqueued, endings: memory.endings, endingOf: () => memory.endings.get(UID) };
}

test('a step that is told to end has its grace, from the first time on', () => {
  const { steps, enqueued, endingOf } = setUp();
  expect(steps.isActive(UID)).toBe(true);
  const proxy = { ...bound, spec: { ...bound.spec, terminationGracePeriodSeconds: 4 } };
  expect([steps.told(proxy), steps.told(proxy)]).toEqual([true, false]);
  expect(endingOf()).toEqual({ at: NOW + 3_000, graceSeconds: 1 });
  expect(enqueued).toEqual([UID, UID]);
});

test.each([
  ['with its grace', { at: NOW }],
  ['killed', { at: NOW, graceSeconds: 1 }],
] as const)(
  'a step that is ended %s is withdrawn at once, and waited for until its target is told',
  async (how, ending) => {
    const { steps, show, endingOf } = setUp();
    steps.told(bound);
    const ended = steps.end(UID, how, AbortSignal.timeout(5_000)).then(() => 'ended');
    expect(endingOf()).toEqual(ending);
    expect(await Promise.race([ended, Promise.resolve('not yet')])).toBe('not yet');
    show(onNode(running), { desired: 'Stop' });
    expect(await ended).toBe('ended');
    expect(steps.isActive(UID)).toBe(false);
  },
);

test('a step that is about to be withdrawn, as its label says, is not told once more', () => {
  const { steps, endings } = setUp();
  endings.set(UID, { at: NOW + 1 });
  expect(steps.isActive(UID)).toBe(true);
  endings.set(UID, { at: NOW });
  expect(steps.isActive(UID)).toBe(false);
});

test('a step that has ended is not waited for', async () => {
  const { steps, show } = setUp();
  show(onNode(succeeded));
  expect(steps.isActive(UID)).toBe(false);
  await steps.end(UID, 'killed', AbortSignal.timeout(5_000));
});

import { describe, expect, it } from 'vitest';
import type { Condition, PatchAction, Pod, PodDelegation } from '../../api/index.ts';
import { delegateOf, delegation, patchOf, state } from './delegation.samples.ts';
import { awaitNode, withoutUnscheduled } from './unscheduled.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const scheduled: Condition = { type: 'PodScheduled', status: 'False', message: '0/3 nodes' };
const waiting = (...conditions: Condition[]): Pod => delegateOf(delegation(), { phase: 'Pending', conditions }, '');
const of = (...types: [string, string][]): PodDelegation =>
  delegation({
    status: {
      conditions: types.map(([type, message]) => ({
        type,
        status: 'False' as const,
        reason: 'Unschedulable',
        message,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  });
const wait = (pod: Pod, change: Parameters<typeof state>[0] = {}) =>
  awaitNode(pod, state({ now: NOW, pendingSince: NOW - 5_000, ...change }));
const say = (...conditions: object[]): PatchAction => patchOf({ conditions });
const condition = (message: string, lastTransitionTime: string) => ({
  type: 'Scheduled',
  status: 'False',
  reason: 'Unschedulable',
  message,
  lastTransitionTime,
});

describe('a delegate that has no node', () => {
  const told = say(condition('0/3 nodes', '2026-01-02T03:04:05Z'));

  it.each<[string, Parameters<typeof state>[0], ReturnType<typeof awaitNode>]>([
    [
      'says why after two seconds',
      { pendingSince: NOW - 2_000 },
      { actions: [told], reasons: [], wakeAfterMs: 28_000 },
    ],
    ['not earlier', { pendingSince: NOW - 1_999 }, { actions: [], reasons: [], wakeAfterMs: 1 }],
    ['not when it has just been seen', { pendingSince: NOW }, { actions: [], reasons: [], wakeAfterMs: 2_000 }],
    [
      'but in any case before it is withdrawn',
      { pendingSince: NOW, noNodeAfterMs: 500 },
      { actions: [], reasons: [], wakeAfterMs: 500 },
    ],
  ])('%s', (_, change, plan) => {
    expect(wait(waiting(scheduled), change)).toStrictEqual(plan);
  });

  it('waits from now on, if nobody knows since when it has', () => {
    const plan = awaitNode(waiting(scheduled), state({ now: NOW }));
    expect(plan).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 2_000 });
    const again = awaitNode(waiting(), state({ now: NOW }));
    expect(again).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 30_000 });
  });

  it.each<[string, Pod]>([
    ['has not looked at it', waiting()],
    ['says nothing', waiting({ type: 'PodScheduled', status: 'False' })],
    ['has found one', waiting({ ...scheduled, status: 'True' })],
    ['is not who speaks', waiting({ ...scheduled, type: 'Initialized' })],
    ['has no conditions to say it', delegateOf(delegation(), {}, '')],
    ['has no status to say it', { metadata: { name: 'p' }, spec: { containers: [] } }],
  ])("says nothing while the target's scheduler %s", (_, pod) => {
    expect(wait(pod)).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 25_000 });
  });
});

describe('other words of the scheduler', () => {
  const pod = waiting({ type: 'Initialized', status: 'False', message: 'x' }, scheduled);
  const before = of(['Scheduled', '0/2 nodes'], ['Other', 'o']);

  it('are told ten seconds after the last, as one condition that lasts', () => {
    const { conditions: [, other] = [] } = before.status ?? {};
    expect(wait(pod, { delegation: before, writtenAt: NOW - 10_000 })).toStrictEqual({
      actions: [say(other ?? {}, condition('0/3 nodes', '2026-01-01T00:00:00Z'))],
      reasons: [],
      wakeAfterMs: 25_000,
    });
    const early = wait(pod, { delegation: before, writtenAt: NOW - 9_999 });
    expect(early).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 1 });
  });

  it('are told at once, if nobody knows when something was last written', () => {
    expect(wait(pod, { delegation: before }).actions).toHaveLength(1);
  });

  it('are none if they are the same', () => {
    const same = wait(pod, { delegation: of(['Scheduled', '0/3 nodes']), writtenAt: 0 });
    expect(same).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 25_000 });
  });
});

describe('a delegate that had no node for too long', () => {
  const { name } = delegation().spec.delegate;

  it('is withdrawn in the version that has none, with the words of the scheduler', () => {
    const known = delegation();
    expect(wait(waiting(scheduled), { delegation: known, pendingSince: NOW - 30_000 })).toStrictEqual({
      actions: [
        {
          do: 'delete',
          at: 'home',
          resource: 'pods',
          namespace: 'jobs',
          name,
          uid: 'delegate-uid',
          resourceVersion: '9',
        },
      ],
      reasons: [{ reason: 'DelegateUnschedulable', message: '0/3 nodes' }],
    });
    expect(wait(waiting(), { pendingSince: NOW - 29_999 }).wakeAfterMs).toBe(1);
  });

  it('is withdrawn also if little is known of it', () => {
    const bare = { metadata: { name: 'p' }, spec: { containers: [] } };
    expect(wait(bare, { pendingSince: NOW - 31_000 })).toStrictEqual({
      actions: [{ do: 'delete', at: 'home', resource: 'pods', name: 'p', uid: '', resourceVersion: '' }],
      reasons: [{ reason: 'DelegateUnschedulable', message: "the target's scheduler has not said why" }],
    });
  });
});

describe('conditions of a delegate that has a node', () => {
  it('lose that it had none, and nothing else', () => {
    const of2 = of(['Scheduled', 'm'], ['Other', 'o']);
    expect(withoutUnscheduled(of2)).toStrictEqual([of2.status?.conditions?.[1]]);
  });

  it.each([
    ['without a status', delegation()],
    ['without conditions', delegation({ status: {} })],
    ['with another condition', of(['Other', 'o'])],
  ])('need no change %s', (_, each) => {
    expect(withoutUnscheduled(each)).toBeUndefined();
  });
});

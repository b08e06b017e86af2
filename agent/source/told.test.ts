/** What a user meets while a pod waits: conditions, reasons, warnings; and what is told of the owner's changes. */
import { describe, expect, test } from 'vitest';
import type { Condition, Pod } from '../../api/index.ts';
import { decisionFor, delegationTo, observationOf, original, proxyOf, refused } from '../../test/builders.ts';
import { amend } from './amend.ts';
import { explain, waitingMessage } from './explain.ts';
import {
  bare,
  bound,
  decision,
  NOW,
  observation,
  onNode,
  patchOf,
  proxy,
  running,
  state,
  succeeded,
} from './plan.lab.ts';
import { plan, warnings } from './plan.ts';

const message = '0/2 clusters are available';
const decided = (status: 'True' | 'False') => ({ type: 'Decided', status, reason: 'Waiting', message });
const waiting = observationOf({ conditions: [{ ...decided('True'), type: 'Other' }, decided('False')] });
const NOW_TEXT = '2026-01-02T03:04:05Z';

describe('why a pod waits', () => {
  const shownOn = (conditions?: Condition[]): Pod => ({
    ...proxy,
    status: { phase: 'Pending', ...(conditions && { conditions }) },
  });
  const written = (pod: Pod) => {
    const [action] = explain(state({ proxy: pod, observation: waiting }), NOW);
    return action?.do === 'patch' ? (action.body as { status: { conditions: Condition[] } }).status : undefined;
  };
  const unscheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };

  test('is shown since when it waits', () => {
    expect(written(shownOn())).toStrictEqual({ conditions: [{ ...unscheduled, lastTransitionTime: NOW_TEXT }] });
    const before = { type: 'PodScheduled', status: 'False', message: 'other' } as const;
    const since = '2026-01-01T00:00:00Z';
    const timeOf = (condition: Condition) => written(shownOn([condition]))?.conditions[0]?.['lastTransitionTime'];
    expect(timeOf({ ...before, lastTransitionTime: since })).toBe(since);
    expect(timeOf(before)).toBe(NOW_TEXT);
    expect(timeOf({ ...before, status: 'True', lastTransitionTime: since })).toBe(NOW_TEXT);
    expect(timeOf({ ...before, type: 'Ready', lastTransitionTime: since })).toBe(NOW_TEXT);
  });

  test('is shown once', () => {
    expect(written(shownOn([{ type: 'PodScheduled', status: 'False', message }]))).toBeUndefined();
    expect(written(shownOn([{ type: 'PodScheduled', status: 'True', message }]))).toBeDefined();
  });

  test('is shown on a proxy without a status', () => {
    const { status: _, ...bareProxy } = proxy;
    expect(written(bareProxy)).toBeDefined();
  });

  test.each([
    ['a proxy that is gone', { observation: waiting }],
    ['a bound proxy', { proxy: bound, observation: waiting }],
    ['a proxy whose binding is on its way', { proxy, observation: waiting, bindingSent: true }],
    ['a gated proxy', { proxy: proxyOf(original(), { schedulingGates: [{ name: 'g' }] }), observation: waiting }],
    ['a proxy that was not told of', { proxy }],
    ['a proxy of which nothing is said', { proxy, observation }],
    ['a proxy of which no conditions are told', { proxy, observation: observationOf({}) }],
    ['a proxy that is decided', { proxy, observation: observationOf({ conditions: [decided('True')] }) }],
  ])('is not shown on %s', (_, parts) => {
    expect(explain(state(parts), NOW)).toEqual([]);
  });

  test('is what the scheduler says, and after a decision what the target says', () => {
    expect(waitingMessage(state({ observation: waiting }))).toBe(message);
    expect(waitingMessage(state({ observation: waiting, decision }))).toBeUndefined();
    const none = decisionFor({ attempt: 1 });
    delete none.spec.target;
    expect(waitingMessage(state({ observation: waiting, decision: none }))).toBe(message);
  });
});

describe('reasons, for Events on the proxy', () => {
  const reasonsOf = (parts: Parameters<typeof state>[0]) => plan(state(parts), NOW).reasons;

  test('of a pod that waits', () => {
    expect(reasonsOf({ proxy, observation: waiting })).toStrictEqual([{ reason: 'Waiting', message }]);
    expect(reasonsOf({ proxy: bound, observation: waiting })).toEqual([]);
    expect(reasonsOf({ proxy, observation })).toEqual([]);
  });

  test.each([
    ['DelegateUnschedulable', 'DelegateUnschedulable'],
    ['DelegateRefused', 'DelegateRefused'],
    ['DelegateNameTaken', 'DelegateRefused'],
  ])('of a target that said %s', (said, told) => {
    const conditions = [{ type: 'Refused', status: 'True' as const, reason: said, message: 'no' }];
    const delegations = [delegationTo('away', { conditions })];
    expect(reasonsOf({ proxy, observation, decision, delegations })).toStrictEqual([
      { reason: told, message: 'away: no' },
    ]);
  });

  test('not of a target that says nothing, nor of one that was left', () => {
    const conditions = [{ type: 'Refused', status: 'True' as const, reason: 'DelegateRefused', message: '' }];
    const wordless = [delegationTo('away', { conditions })];
    expect(reasonsOf({ proxy, observation, decision, delegations: wordless })).toStrictEqual([
      { reason: 'DelegateRefused', message: 'away: ' },
    ]);
    const left = [delegationTo('away', refused('no'), { desired: 'Gone' })];
    expect(reasonsOf({ proxy, observation, decision, delegations: left })).toEqual([]);
    expect(reasonsOf({ proxy, observation, decision, delegations: [delegationTo('away')] })).toEqual([]);
  });

  test('of a manifest that cannot be read, unless the pod is on its way', () => {
    const { annotations: _, ...metadata } = proxy.metadata;
    const unreadable = { ...proxy, metadata };
    expect(reasonsOf({ proxy: unreadable })).toMatchObject([{ reason: 'BadManifest' }]);
    expect(reasonsOf({ proxy: unreadable, observation })).toEqual([]);
    expect(reasonsOf({ proxy: { ...bound, metadata } })).toEqual([]);
  });

  test('none of a proxy that has ended, is gone or going', () => {
    const ended = { ...proxy, status: { phase: 'Failed' as const } };
    expect(plan(state({ proxy: ended, observation: waiting }), NOW)).toStrictEqual({ actions: [], reasons: [] });
    expect(plan(state({}), NOW)).toStrictEqual({ actions: [], reasons: [] });
    const going = { ...proxy, metadata: { ...proxy.metadata, deletionTimestamp: NOW_TEXT } };
    expect(plan(state({ proxy: going, observation: waiting }), NOW).reasons).toEqual([]);
  });

  test('a bound proxy whose binding was sent shows how it fares', () => {
    const delegations = [delegationTo('away', onNode(running))];
    const parts = { proxy: bound, observation, decision, delegations, bindingSent: true };
    expect(plan(state(parts), NOW).actions).toHaveLength(1);
  });
});

describe('warnings of the target', () => {
  const warning = { reason: 'BackOff', message: 'no such image', count: 1 };

  test('name the cluster', () => {
    const delegations = [delegationTo('away', { warnings: [warning] as never })];
    expect(warnings(state({ decision, delegations }))).toStrictEqual([{ ...warning, message: 'away: no such image' }]);
  });

  test('are none where none were told', () => {
    expect(warnings(state({ decision, delegations: [delegationTo('away', {})] }))).toEqual([]);
    expect(warnings(state({ decision, delegations: [delegationTo('away')] }))).toEqual([]);
    expect(warnings(state({ decision }))).toEqual([]);
  });
});

describe("the owner's changes", () => {
  const changed = { ...bound, metadata: { ...bound.metadata, labels: { queue: 'b' } } };
  const delegations = [delegationTo('away', onNode(running))];
  const patch = patchOf({ amendments: [{ of: 'labels', key: 'queue', value: 'b' }] });

  test('are one patch of the delegation', () => {
    const told = amend(state({ proxy: changed, decision, delegations }));
    expect(told).toStrictEqual([{ ...patch, namespace: 'berth-home--away' }]);
    const [delegation] = delegations;
    const unplaced = amend(state({ proxy: changed, decision, delegations: delegation ? [bare(delegation)] : [] }));
    expect(unplaced).toStrictEqual([{ ...patch, namespace: '' }]);
  });

  test.each([
    ['nothing changed', { proxy: bound, decision, delegations }],
    ['the proxy is gone', { decision, delegations }],
    ['nothing is delegated', { proxy: changed, decision }],
    ['it has ended', { proxy: changed, decision, delegations: [delegationTo('away', onNode(succeeded))] }],
    ['it is withdrawn', { proxy: changed, decision, delegations: [delegationTo('away', {}, { desired: 'Gone' })] }],
    ['it is stopped', { proxy: changed, decision, delegations: [delegationTo('away', {}, { desired: 'Stop' })] }],
  ])('are none if %s', (_, parts) => {
    expect(amend(state(parts))).toEqual([]);
  });

  test('are told also before anything is reported', () => {
    expect(amend(state({ proxy: changed, decision, delegations: [delegationTo('away')] }))).toHaveLength(1);
  });
});

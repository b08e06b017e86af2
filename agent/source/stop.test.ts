/** A step that Argo tells to end, by a signal or by a label. */
import { describe, expect, test } from 'vitest';
import { ARGO, type Plan, type Pod } from '../../api/index.ts';
import { delegationTo } from '../../test/builders.ts';
import { bare, bound, decision, NOW, observation, onNode, patchOf, running, state, succeeded } from './plan.lab.ts';
import { plan } from './plan.ts';
import { sooner, stop, toldToEnd } from './stop.ts';

describe('a running proxy that Argo calls completed', () => {
  const completed = (value: string): Pod => ({
    ...bound,
    metadata: { ...bound.metadata, labels: { [ARGO.completed]: value } },
  });
  const done = completed('true');
  const delegations = [delegationTo('away', onNode(running))];
  const patch = patchOf({ desired: 'Stop' });

  test('stops its delegate, with that one write', () => {
    const told = stop(state({ proxy: done, decision, delegations }), NOW);
    expect(told).toStrictEqual([{ ...patch, namespace: 'berth-home--away' }]);
    const planned = plan(state({ proxy: done, observation, decision, delegations }), NOW).actions;
    expect(planned.filter((action) => action.do === 'patch' && action.resource === 'poddelegations')).toStrictEqual(
      told,
    );
    const [delegation] = delegations;
    const unplaced = stop(state({ proxy: done, decision, delegations: delegation ? [bare(delegation)] : [] }), NOW);
    expect(unplaced).toStrictEqual([{ ...patch, namespace: '' }]);
  });

  test('does the same for a signal of Argo that could not be passed on', () => {
    const ending = { at: NOW };
    const told = stop(state({ proxy: bound, decision, delegations, ending }), NOW);
    expect(told).toStrictEqual([{ ...patch, namespace: 'berth-home--away' }]);
    const ended = [delegationTo('away', onNode(succeeded))];
    expect(stop(state({ proxy: bound, decision, delegations: ended, ending }), NOW)).toEqual([]);
  });

  test('leaves one that was signalled its grace, whatever the label says, and kills it then', () => {
    const grace = { ...done, spec: { ...done.spec, terminationGracePeriodSeconds: 4 } };
    const parts = { proxy: grace, observation, decision, delegations, ending: toldToEnd(grace, NOW) };
    const hub = ({ actions }: Plan) =>
      actions.filter((action) => 'resource' in action && action.resource === 'poddelegations');
    const early = plan(state(parts), NOW + 2_999);
    expect([hub(early), early.wakeAfterMs]).toEqual([[], 1]);
    const due = plan(state(parts), NOW + 3_000);
    const killed = patchOf({ desired: 'Stop', gracePeriodSeconds: 1 });
    expect([hub(due), due.wakeAfterMs]).toEqual([[{ ...killed, namespace: 'berth-home--away' }], undefined]);
    const over = { ...parts, delegations: [delegationTo('away', onNode(succeeded))] };
    expect(plan(state(over), NOW).wakeAfterMs).toBeUndefined();
  });

  test.each([
    [undefined, 29],
    [30, 29],
    [2, 1],
    [1, 1],
    [0, 1],
  ])('a grace of %s s is over with what a kill takes, %s s later', (terminationGracePeriodSeconds, seconds) => {
    const { terminationGracePeriodSeconds: _, ...rest } = bound.spec;
    const given = terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds };
    const ending = toldToEnd({ ...bound, spec: { ...rest, ...given } }, NOW);
    expect(ending).toEqual({ at: NOW + seconds * 1000, graceSeconds: 1 });
  });

  test('what ends the step first counts of several signals', () => {
    const [first, second] = [{ at: 1, graceSeconds: 1 }, { at: 2 }];
    expect([sooner(undefined, second), sooner(first, second), sooner(second, first)]).toEqual([second, first, first]);
    expect(sooner(first, { at: 1 })).toBe(first);
  });

  test('does so before anything is reported', () => {
    expect(stop(state({ proxy: done, decision, delegations: [delegationTo('away')] }), NOW)).toHaveLength(1);
  });

  test.each([
    ['it is not completed', { proxy: completed('false'), decision, delegations }],
    ['it has no such label', { proxy: bound, decision, delegations }],
    ['the proxy is gone', { decision, delegations }],
    ['nothing is delegated', { proxy: done, decision }],
    ['the delegate has ended', { proxy: done, decision, delegations: [delegationTo('away', onNode(succeeded))] }],
    ['it is stopped already', { proxy: done, decision, delegations: [delegationTo('away', {}, { desired: 'Stop' })] }],
    ['it is withdrawn', { proxy: done, decision, delegations: [delegationTo('away', {}, { desired: 'Gone' })] }],
  ])('leaves the delegate alone if %s', (_, parts) => {
    expect(stop(state(parts), NOW)).toEqual([]);
  });
});

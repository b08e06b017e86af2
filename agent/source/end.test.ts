import { describe, expect, test } from 'vitest';
import { delegationTo, UID } from '../../test/builders.ts';
import { actionsOf, bound, brief, briefly, decision, observation, onNode, running, succeeded } from './plan.lab.ts';

describe('the end', () => {
  const delegations = [delegationTo('away', onNode(running))];
  const deleted = (pod = bound) => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '2026-01-02T03:04:05Z', deletionGracePeriodSeconds: 7 },
  });

  test('a proxy that is gone takes its delegation along, then its observation', () => {
    expect(briefly({ observation, decision, delegations })).toEqual(['patch poddelegations']);
    expect(briefly({ observation, decision, delegations: [delegationTo('away', {}, { desired: 'Gone' })] })).toEqual(
      [],
    );
    expect(briefly({ observation, decision })).toEqual(['delete podobservations']);
    expect(briefly({})).toEqual([]);
  });

  test('a proxy that is being deleted gives its grace to the delegate', () => {
    const actions = actionsOf({ proxy: { ...deleted(), status: running }, observation, decision, delegations });
    expect(actions.find(({ do: verb }) => verb === 'patch')).toBeDefined();
    expect(actions.at(-1)).toMatchObject({ body: { spec: { desired: 'Gone', gracePeriodSeconds: 7 } } });
  });

  test('once the target confirmed, it is made terminal, removed, and forgotten on the hub', () => {
    const actions = actionsOf({ proxy: { ...deleted(), status: running }, observation, decision });
    expect(actions.map(brief)).toEqual(['patch pods/status', 'delete pods', 'delete podobservations']);
    expect(actions[0]).toMatchObject({
      body: {
        metadata: { resourceVersion: '10' },
        status: { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 137 } } }, {}] },
      },
    });
    expect(actions[1]).toMatchObject({ uid: UID, gracePeriodSeconds: 0 });
  });

  test('with how its containers ended, if the target saw that', () => {
    const terminated = { exitCode: 143, reason: 'Error' };
    const main = { name: 'main', ready: false, restartCount: 0, image: 'busybox', imageID: 'x', state: { terminated } };
    const lastReport = { ...running, phase: 'Failed' as const, containerStatuses: [main] };
    const parts = { proxy: { ...deleted(), status: running }, observation, decision, lastReport };
    const actions = actionsOf(parts);
    expect(actions.map(brief)).toEqual(['patch pods/status', 'delete pods', 'delete podobservations']);
    expect(actions[0]).toMatchObject({
      body: { metadata: { resourceVersion: '10' }, status: { phase: 'Failed', containerStatuses: [main] } },
    });
    expect(actionsOf({ ...parts, lastReport: running })[0]).toMatchObject({
      body: { status: { message: 'The pod was deleted, and its delegate with it.' } },
    });
  });

  test('who deletes again with less grace, or by force, is heard', () => {
    const asked = [delegationTo('away', onNode(running), { desired: 'Gone', gracePeriodSeconds: 30 })];
    const proxy = { ...deleted(), status: running };
    expect(actionsOf({ proxy, observation, decision, delegations: asked }).slice(-1)).toMatchObject([
      { body: { spec: { gracePeriodSeconds: 7 } } },
    ]);
    expect(actionsOf({ forced: true, observation, decision, delegations: asked })).toMatchObject([
      { body: { spec: { gracePeriodSeconds: 1 } } },
    ]);
    const quick = [delegationTo('away', onNode(running), { desired: 'Gone', gracePeriodSeconds: 5 })];
    expect(briefly({ proxy, observation, decision, delegations: quick })).toEqual(['patch pods/status']);
  });

  test('an ended proxy keeps its end', () => {
    const actions = actionsOf({ proxy: { ...deleted(), status: succeeded }, observation, decision });
    expect(actions.map(brief)).toEqual(['delete pods', 'delete podobservations']);
  });
});

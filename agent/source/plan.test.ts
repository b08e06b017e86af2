import { describe, expect, test } from 'vitest';
import type { PodStatus } from '../../api/index.ts';
import { decisionFor, delegationTo, observationOf, original, proxyOf, refused, UID } from '../../test/builders.ts';
import {
  actionsOf,
  bound,
  briefly,
  decision,
  NOW,
  observation,
  onNode,
  proxy,
  running,
  state,
  succeeded,
} from './plan.lab.ts';
import { plan } from './plan.ts';

describe('the way of a proxy', () => {
  test('a new proxy is observed with its requests and constraints', () => {
    const annotations = { 'multicluster.admiralty.io/clustername': 'a, b' };
    const wanted = proxyOf(original({ nodeSelector: { disk: 'fast' }, tolerations: [{ key: 'gpu' }] }, annotations));
    const [action] = actionsOf({ proxy: wanted });
    expect(action).toMatchObject({
      do: 'create',
      at: 'hub',
      object: {
        kind: 'PodObservation',
        metadata: { name: UID, namespace: 'berth-home' },
        spec: {
          requests: { cpu: '200m', pods: '1' },
          nodeSelector: { disk: 'fast' },
          tolerations: [{ key: 'gpu' }],
          clusterNames: ['a', 'b'],
        },
      },
    });
  });

  test('not while a scheduling gate is there, and with what was added meanwhile', () => {
    expect(briefly({ proxy: proxyOf(original(), { schedulingGates: [{ name: 'kueue' }] }) })).toEqual([]);
    const flavoured = proxyOf(original(), { nodeSelector: { flavour: 'spot' }, tolerations: [{ key: 'spot' }] });
    expect(actionsOf({ proxy: flavoured })[0]).toMatchObject({
      object: { spec: { nodeSelector: { flavour: 'spot' }, tolerations: [{ key: 'spot' }] } },
    });
  });

  test('a bound proxy whose observation is missing is not observed again', () => {
    expect(briefly({ proxy: bound })).toEqual([]);
  });

  test('an unreadable manifest is told and leads nowhere', () => {
    const broken = { ...proxy, metadata: { ...proxy.metadata, annotations: {} } };
    const { actions, reasons } = plan(state({ proxy: broken }), NOW);
    expect(actions).toEqual([]);
    expect(reasons).toMatchObject([{ reason: 'BadManifest' }]);
  });

  test('a decision becomes a delegation with the original pod under the proxy name', () => {
    const template = { ...original(), metadata: { ...original().metadata, name: '' } };
    const generated = { ...proxyOf(template), metadata: { ...proxyOf(template).metadata, name: 'step-x7k2p' } };
    const [action] = actionsOf({ proxy: generated, observation, decision });
    expect(action).toMatchObject({ do: 'create', object: { metadata: { namespace: 'berth-home--away', name: UID } } });
    const spec = action?.do === 'create' && (action.object as { spec?: { manifest: string } }).spec;
    expect(JSON.parse(spec ? spec.manifest : '{}').metadata.name).toBe('step-x7k2p');
  });

  test('it is bound once its delegate has a node, and shows what the target reports', () => {
    expect(briefly({ proxy, observation, decision, delegations: [delegationTo('away', {})] })).toEqual([]);
    const delegations = [delegationTo('away', onNode(running))];
    expect(briefly({ proxy, observation, decision, delegations })).toEqual(['bind berth-away']);
    expect(briefly({ proxy, observation, decision, delegations, bindingSent: true })).toEqual([]);
    expect(briefly({ proxy: bound, observation, decision, delegations })).toEqual(['patch pods/status']);
  });

  test('the status patch names containers of the proxy only, no address, no condition of home', () => {
    const delegations = [delegationTo('away', onNode(running))];
    const [patch] = actionsOf({ proxy: bound, observation, decision, delegations });
    const { status, metadata } = (patch?.do === 'patch' ? patch.body : {}) as { status: PodStatus; metadata: object };
    expect(status.containerStatuses?.map(({ name }) => name)).toEqual(['main']);
    expect(status.podIP).toBeUndefined();
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Ready']);
    expect(metadata).toEqual({ uid: UID, resourceVersion: '10' });
  });

  test('whether it is Ready is not said while nothing is heard of its cluster', () => {
    const unready = { type: 'Ready', status: 'False' as const, reason: 'NodeNotReady' };
    const delegations = [delegationTo('away', onNode(running))];
    const proxy = { ...bound, status: { ...running, podIP: undefined as never, conditions: [unready] } };
    const conditions = (targetOffline: boolean) => {
      const [patch] = actionsOf({ proxy, observation, decision, delegations, targetOffline });
      const { status } = (patch?.do === 'patch' ? patch.body : {}) as { status?: PodStatus };
      return status?.conditions?.map(({ type, status }) => `${type} ${status}`);
    };
    expect(conditions(true)).toBeUndefined();
    expect(conditions(false)).toEqual(['Ready True']);
  });

  test('a reason that no longer holds is taken back', () => {
    const late = { ...bound, status: { ...running, reason: 'NodeLost', message: 'gone' } };
    const [patch] = actionsOf({
      proxy: late,
      observation,
      decision,
      delegations: [delegationTo('away', onNode(running))],
    });
    expect(patch?.do === 'patch' && patch.body).toMatchObject({ status: { reason: null, message: null } });
  });

  test('so is the reason of a condition', () => {
    const unready = {
      type: 'Ready',
      status: 'False' as const,
      reason: 'ContainersNotReady',
      message: 'unready: [main]',
    };
    const delegations = [delegationTo('away', onNode(running))];
    const late = { ...bound, status: { ...running, conditions: [unready] } };
    const [patch] = actionsOf({ proxy: late, observation, decision, delegations });
    const ready = { type: 'Ready', status: 'True', reason: null, message: null };
    expect(patch?.do === 'patch' && patch.body).toMatchObject({ status: { conditions: [ready] } });
  });

  test('why its delegate was taken away is shown, but not over what was said of the proxy itself', () => {
    const evicted = (reason: string) => ({ type: 'DisruptionTarget', status: 'True' as const, reason });
    const delegations = [delegationTo('away', onNode({ ...running, conditions: [evicted('PreemptionByScheduler')] }))];
    const status = { ...running, containerStatuses: running.containerStatuses?.slice(0, 1) ?? [] };
    const conditionsOf = (proxy: typeof bound) => {
      const [patch] = actionsOf({ proxy, observation, decision, delegations });
      return patch?.do === 'patch' && (patch.body as { status: PodStatus }).status.conditions;
    };
    expect(conditionsOf({ ...bound, status })).toEqual([evicted('PreemptionByScheduler')]);
    const drained = { ...status, conditions: [evicted('EvictionByEvictionAPI')] };
    expect(conditionsOf({ ...bound, status: drained })).toBe(false);
  });

  test('nothing is written twice', () => {
    const shown = { ...running, containerStatuses: running.containerStatuses?.slice(0, 1) ?? [] };
    const delegations = [delegationTo('away', onNode(running))];
    expect(briefly({ proxy: { ...bound, status: shown }, observation, decision, delegations })).toEqual([]);
  });

  test("a delegate without a node: the words of the target's scheduler", () => {
    const message = '0/1 nodes are available: persistentvolumeclaim "data" not found.';
    const unscheduled = { type: 'Scheduled', status: 'False' as const, reason: 'Unschedulable', message };
    const delegations = [delegationTo('away', { conditions: [unscheduled] })];
    const [action, ...more] = actionsOf({ proxy, observation, decision, delegations });
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: `away: ${message}` };
    expect(action).toMatchObject({ subresource: 'status', body: { status: { conditions: [condition] } } });
    expect(more).toEqual([]);
  });

  test('the patch that ends it carries the version, so it waits for the binding to be seen', () => {
    const delegations = [delegationTo('away', onNode(succeeded))];
    expect(briefly({ proxy, observation, decision, delegations })).toEqual(['bind berth-away']);
    expect(briefly({ proxy, observation, decision, delegations, bindingSent: true })).toEqual([]);
    const [patch] = actionsOf({ proxy: bound, observation, decision, delegations });
    expect(patch?.do === 'patch' && patch.body).toMatchObject({ metadata: { resourceVersion: '10' } });
  });

  test('an ended proxy is never touched again', () => {
    const ended = { ...bound, status: { phase: 'Failed' as const } };
    expect(
      briefly({ proxy: ended, observation, decision, delegations: [delegationTo('away', onNode(running))] }),
    ).toEqual([]);
  });
});

describe('a further attempt', () => {
  const second = decisionFor({ attempt: 2, target: 'other' });

  test('starts when the target refused the first, which is withdrawn; the user is told', () => {
    const delegations = [delegationTo('away', refused('exceeded quota'))];
    expect(briefly({ proxy, observation, decision: second, delegations })).toEqual([
      'patch poddelegations',
      'create poddelegations',
    ]);
    expect(plan(state({ proxy, observation, decision: second, delegations }), NOW).reasons).toEqual([
      { reason: 'DelegateRefused', message: 'away: exceeded quota' },
    ]);
  });

  test('never starts beside a delegation that may still run', () => {
    expect(briefly({ proxy, observation, decision: second, delegations: [delegationTo('away', {})] })).toEqual([
      'patch poddelegations',
    ]);
  });

  test('in the same cluster waits until the old object is gone', () => {
    const again = decisionFor({ attempt: 2, target: 'away' });
    const delegations = [delegationTo('away', refused('no'), { desired: 'Gone' })];
    expect(briefly({ proxy, observation, decision: again, delegations })).toEqual([]);
    expect(briefly({ proxy, observation, decision: again })).toEqual(['create poddelegations']);
  });

  test('is never asked for a proxy that is bound', () => {
    expect(briefly({ proxy: bound, observation, decision: second })).toEqual([]);
  });
});

describe('waiting', () => {
  const message = '0/2 clusters are available: away: insufficient cpu';
  const waiting = observationOf({ conditions: [{ type: 'Decided', status: 'False', reason: 'Waiting', message }] });

  test('is shown as kube-scheduler would show it, once', () => {
    const [patch] = actionsOf({ proxy, observation: waiting });
    expect(patch?.do === 'patch' && patch.body).toMatchObject({
      status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
    });
    const conditions = [{ type: 'PodScheduled', status: 'False' as const, reason: 'Unschedulable', message }];
    expect(briefly({ proxy: { ...proxy, status: { phase: 'Pending', conditions } }, observation: waiting })).toEqual(
      [],
    );
  });

  test('ends with a decision', () => {
    expect(briefly({ proxy, observation: waiting, decision, delegations: [delegationTo('away')] })).toEqual([]);
  });
});

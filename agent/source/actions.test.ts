/** What each step asks the API servers for, word for word. */
import { describe, expect, test } from 'vitest';
import type { Action, Pod } from '../../api/index.ts';
import { decisionFor, delegationTo, original, proxyOf, refused, UID } from '../../test/builders.ts';
import { assigned, bind } from './bind.ts';
import { delegate, withdraw } from './delegate.ts';
import { observationSpec, observe } from './observe.ts';
import { bare, bound, decision, observation, onNode, proxy, state } from './plan.lab.ts';

const pod = { namespace: 'default', name: 'step', uid: UID };
const hub = { at: 'hub', resource: 'poddelegations', name: UID } as const;

describe('observe', () => {
  const created = (spec: object): Action => ({
    do: 'create',
    at: 'hub',
    resource: 'podobservations',
    object: {
      apiVersion: 'multicluster.admiralty.io/v1alpha1',
      kind: 'PodObservation',
      metadata: { name: UID, namespace: 'berth-home' },
      ...{ spec },
    },
  });

  test('tells of a plain pod its requests and priority, and nothing else', () => {
    const requests = { cpu: '200m', pods: '1' };
    expect(observe(state({ proxy }))).toStrictEqual([created({ pod, requests, priority: 0 })]);
  });

  test('tells all that a choice of cluster or node depends on', () => {
    const terms = [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    const tolerations = [{ key: 'gpu' }];
    const nodeSelector = { disk: 'fast' };
    const wanted = original(
      { affinity, tolerations, nodeSelector },
      {
        'multicluster.admiralty.io/clustername': ' a,, b ',
        'multicluster.admiralty.io/cluster-selector': 'region=eu',
      },
    );
    expect(observationSpec(wanted, { ...proxy, spec: { ...proxy.spec, priority: 7 } }, UID)).toStrictEqual({
      pod,
      requests: { cpu: '200m', pods: '1' },
      priority: 7,
      nodeSelector,
      nodeAffinity: terms,
      tolerations,
      clusterNames: ['a', 'b'],
      clusterSelector: 'region=eu',
    });
  });

  test.each([
    ['no affinity of nodes', {}],
    ['none that must hold', { nodeAffinity: {} }],
  ])('says nothing of an affinity with %s', (_, affinity) => {
    expect(observationSpec(original({ affinity }), proxy, UID)).not.toHaveProperty('nodeAffinity');
  });

  test('needs no annotations and no namespace', () => {
    const plain: Pod = { ...proxy, metadata: { name: 'step' } };
    expect(observationSpec(plain, plain, UID).pod).toEqual({ namespace: '', name: 'step', uid: UID });
  });

  test.each([
    ['there is none', {}],
    ['it was told', { proxy, observation }],
    ['it is bound', { proxy: bound }],
    ['a gate is closed', { proxy: proxyOf(original(), { schedulingGates: [{ name: 'kueue' }] }) }],
  ])('tells nothing of a proxy if %s', (_, parts) => {
    expect(observe(state(parts))).toEqual([]);
  });
});

describe('delegate', () => {
  const second = decisionFor({ attempt: 2, target: 'other' });
  const withdrawal = (target: string) => ({
    do: 'patch',
    ...hub,
    namespace: `berth-home--${target}`,
    type: 'merge',
    body: { metadata: { uid: `delegation-${target}` }, spec: { desired: 'Gone' } },
  });

  test('asks for the delegate of the attempt, with all that the target needs', () => {
    const [action, ...more] = delegate(state({ proxy, decision }));
    expect(more).toEqual([]);
    expect(action).toStrictEqual({
      do: 'create',
      at: 'hub',
      resource: 'poddelegations',
      object: {
        apiVersion: 'multicluster.admiralty.io/v1alpha1',
        kind: 'PodDelegation',
        metadata: { name: UID, namespace: 'berth-home--away' },
        spec: {
          pod,
          source: 'home',
          target: 'away',
          attempt: 1,
          delegate: { namespace: 'default', name: expect.stringMatching(/^home-default-step-/) },
          manifest: JSON.stringify(original()),
          desired: 'Run',
        },
      },
    });
  });

  test('withdraws what an earlier attempt left, word for word', () => {
    const left = [delegationTo('away', refused('no'))];
    const [first, created] = delegate(state({ proxy, decision: second, delegations: left }));
    expect(first).toStrictEqual(withdrawal('away'));
    expect(created).toMatchObject({ do: 'create' });
  });

  test.each([
    ['nothing is decided', { proxy }],
    ['there is no proxy', { decision }],
    ['the decision is that nobody can take it', { proxy, decision: { ...decision, spec: { pod, attempt: 1 } } }],
    ['a binding is on its way', { proxy, decision, bindingSent: true }],
    ['it is asked for', { proxy, decision, delegations: [delegationTo('away')] }],
  ])('asks for nothing if %s', (_, parts) => {
    expect(delegate(state(parts))).toEqual([]);
  });

  test('asks again only for less grace', () => {
    const asked = delegationTo('away', undefined, { desired: 'Gone', gracePeriodSeconds: 5 });
    expect(withdraw(asked)).toEqual([]);
    expect(withdraw(asked, 5)).toEqual([]);
    expect(withdraw(asked, 4)).toHaveLength(1);
    expect(withdraw(delegationTo('away', undefined, { desired: 'Gone' }), 0)).toEqual([]);
    const [action] = withdraw(bare(delegationTo('away')), 9);
    const body = { metadata: { uid: 'delegation-away' }, spec: { desired: 'Gone', gracePeriodSeconds: 9 } };
    expect(action).toStrictEqual({ do: 'patch', ...hub, namespace: '', type: 'merge', body });
  });
});

describe('bind', () => {
  const delegations = [delegationTo('away', onNode())];

  test('binds to the virtual node of the target, by UID', () => {
    const annotations = {
      'multicluster.admiralty.io/delegate': 'away/default/home-default-step-hash',
      'multicluster.admiralty.io/delegate-node': 'n1',
    };
    const binding = { do: 'bind', at: 'home', name: 'step', uid: UID, node: 'berth-away', annotations };
    expect(bind(state({ proxy, decision, delegations }))).toStrictEqual([{ ...binding, namespace: 'default' }]);
    expect(bind(state({ proxy: bare(proxy), decision, delegations }))).toStrictEqual([{ ...binding, namespace: '' }]);
  });

  test('is told as an Event, as kube-scheduler tells it', () => {
    const message = 'Successfully assigned default/step to away/default/home-default-step-hash on node n1';
    expect(assigned(state({ proxy, decision, delegations }))).toBe(message);
    expect(assigned(state({ proxy, decision }))).toBeUndefined();
  });

  test.each([
    ['there is no proxy', { decision, delegations }],
    ['it is bound', { proxy: bound, decision, delegations }],
    ['a binding is on its way', { proxy, decision, delegations, bindingSent: true }],
    ['the delegate has no node', { proxy, decision, delegations: [delegationTo('away', { delegate: { uid: 'd' } })] }],
    ['there is no delegate yet', { proxy, decision, delegations: [delegationTo('away', {})] }],
  ])('does nothing if %s', (_, parts) => {
    expect(bind(state(parts))).toEqual([]);
  });
});

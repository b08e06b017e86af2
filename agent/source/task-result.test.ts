import { describe, expect, it } from 'vitest';
import { ARGO, type OwnerReference, type TaskResult } from '../../api/index.ts';
import { delegationTo, original, proxyOf } from '../../test/builders.ts';
import { bare, brief, decision, onNode, running, state, succeeded } from './plan.lab.ts';
import { plan } from './plan.ts';
import { taskResult, wantedResult } from './task-result.ts';

const OWNER: OwnerReference = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  name: 'wf',
  uid: 'wf-uid',
  controller: true,
  blockOwnerDeletion: true,
};
const told = { namespace: 'default', name: 'wf-1' };
const partial: TaskResult = { completed: false, content: { outputs: { result: '1' } } };

function stepOf(
  change: { labels?: Record<string, string>; annotations?: Record<string, string>; owners?: OwnerReference[] } = {},
) {
  const pod = proxyOf(original(), { nodeName: 'berth-away' });
  const { labels = { [ARGO.workflow]: 'wf' }, annotations = { [ARGO.node]: 'wf-1' }, owners = [OWNER] } = change;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels,
      annotations: { ...pod.metadata.annotations, ...annotations },
      ownerReferences: owners,
    },
  };
}

const heard = (result: TaskResult | undefined, status = running) => ({
  decision,
  delegations: [delegationTo('away', { ...onNode(status), ...(result && { taskResult: result }) })],
});

const body = (reported: string, more: object = {}) => ({
  outputs: { result: '1' },
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'WorkflowTaskResult',
  metadata: {
    name: 'wf-1',
    namespace: stepOf().metadata.namespace,
    labels: { [ARGO.workflow]: 'wf', [ARGO.reported]: reported, ...more },
    ownerReferences: [{ apiVersion: OWNER.apiVersion, kind: 'Workflow', name: 'wf', uid: 'wf-uid' }],
  },
});

const bodies = (parts: Parameters<typeof state>[0]) => taskResult(state(parts)).map((action) => action.body);

describe('taskResult', () => {
  it('tells Argo what the step reports, under the name that Argo knows', () => {
    expect(taskResult(state({ proxy: stepOf(), ...heard(partial) }))).toStrictEqual([
      {
        do: 'patch',
        at: 'home',
        resource: 'workflowtaskresults',
        namespace: stepOf().metadata.namespace,
        name: 'wf-1',
        type: 'apply',
        body: body('false'),
      },
    ]);
  });

  it('tells the instance of Argo that the workflow is of', () => {
    const labels = { [ARGO.workflow]: 'wf', [ARGO.instance]: 'two' };
    expect(bodies({ proxy: stepOf({ labels }), ...heard(partial) })).toStrictEqual([
      body('false', { [ARGO.instance]: 'two' }),
    ]);
  });

  it('tells it complete when the step said so, or has ended', () => {
    const whole = { ...partial, completed: true };
    expect(bodies({ proxy: stepOf(), ...heard(whole) })).toStrictEqual([body('true')]);
    expect(bodies({ proxy: stepOf(), ...heard(partial, succeeded) })).toStrictEqual([body('true')]);
  });

  it('tells it once', () => {
    const parts = { proxy: stepOf(), ...heard(partial) };
    expect(bodies({ ...parts, told: { ...told, result: structuredClone(partial) } })).toEqual([]);
    expect(bodies({ ...parts, told: { ...told, result: { ...partial, completed: true } } })).toHaveLength(1);
  });

  it('lets no content pass for what makes an object', () => {
    const content = { outputs: { result: '1' }, kind: 'Secret', apiVersion: 'v1', metadata: { name: 'other' } };
    expect(bodies({ proxy: stepOf(), ...heard({ completed: false, content }) })).toStrictEqual([body('false')]);
  });

  it.each([
    ['a proxy that is gone', heard(partial)],
    ['a step that reported nothing', { proxy: stepOf(), ...heard(undefined) }],
    [
      'a pod without a node of Argo',
      { proxy: { ...stepOf(), metadata: { ...stepOf().metadata, annotations: {} } }, ...heard(partial) },
    ],
    ['a pod of nobody', { proxy: stepOf({ owners: [] }), ...heard(partial) }],
    ['a pod of a Job', { proxy: stepOf({ owners: [{ ...OWNER, kind: 'Job' }] }), ...heard(partial) }],
    ['a pod of another group', { proxy: stepOf({ owners: [{ ...OWNER, apiVersion: 'v1' }] }), ...heard(partial) }],
    [
      'a pod of another workflow than it says',
      { proxy: stepOf({ labels: { [ARGO.workflow]: 'no' } }), ...heard(partial) },
    ],
    ['a pod without labels', { proxy: stepOf({ labels: {} }), ...heard(partial) }],
  ])('tells nothing of %s', (_, parts) => {
    expect(bodies(parts)).toEqual([]);
  });

  it('goes without a namespace, labels and owners', () => {
    const { labels: _, ownerReferences: __, ...metadata } = bare(stepOf()).metadata;
    expect(bodies({ proxy: { ...stepOf(), metadata }, ...heard(partial) })).toEqual([]);
    expect(taskResult(state({ proxy: bare(stepOf()), ...heard(partial) }))).toMatchObject([{ namespace: '' }]);
  });
});

it('is told before the proxy ends', () => {
  const { actions } = plan(state({ proxy: stepOf(), ...heard(partial, succeeded) }), 0);
  expect(actions.map(brief)).toEqual(['patch workflowtaskresults', 'patch pods/status']);
});

it('is completed when the proxy is gone, once, and not made anew', () => {
  const forced = { decision, delegations: heard(partial).delegations };
  const { actions } = plan(state({ ...forced, told: { ...told, result: partial } }), 0);
  expect(actions[0]).toStrictEqual({
    do: 'patch',
    at: 'home',
    resource: 'workflowtaskresults',
    namespace: 'default',
    name: 'wf-1',
    type: 'merge',
    body: { metadata: { labels: { [ARGO.reported]: 'true' } } },
  });
  const complete = { ...told, result: { ...partial, completed: true } };
  expect(bodies({ ...forced, told: complete })).toEqual([]);
});

it('is told of a proxy that is being deleted', () => {
  const proxy = stepOf();
  const deleted = { ...proxy, metadata: { ...proxy.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const { actions } = plan(state({ proxy: deleted, ...heard(partial, succeeded) }), 0);
  expect(actions.map(brief)[0]).toBe('patch workflowtaskresults');
});

it('says what did not fit through the hub', () => {
  const { reasons } = plan(state({ proxy: stepOf(), ...heard({ ...partial, refused: 'too large' }) }), 0);
  expect(reasons).toEqual([{ reason: 'ResultRefused', message: 'too large' }]);
});

it('knows nothing to tell without a delegation', () => {
  expect(wantedResult(state({ proxy: stepOf() }))).toBeUndefined();
});

import { describe, expect, it, test } from 'vitest';
import { ARGO, type Pod, type PodSpec, type WorkflowTaskResult } from '../../api/index.ts';
import { delegateOf, delegation, ended, house, manifest, patchOf, running, state } from './delegation.samples.ts';
import { planDelegate } from './plan.ts';
import { reportOf } from './report.ts';
import {
  grantedBy,
  grantResult,
  isComplete,
  reportsResult,
  resultKey,
  taskResultOf,
  withResultName,
} from './task-result.ts';

const NODE = [{ name: 'ARGO_NODE_ID', value: 'wf-1' }];
const step: PodSpec = {
  initContainers: [{ name: 'init', command: ['argoexec', 'init'], env: NODE }],
  containers: [
    {
      name: 'wait',
      command: ['argoexec'],
      args: ['wait', '--loglevel', 'info'],
      env: [{ name: 'A', value: '1' }, ...NODE],
    },
    { name: 'main', command: ['/var/run/argo/argoexec', 'emissary', '--', 'sh', '-c', 'argoexec'], env: NODE },
    { name: 'data', command: ['/var/run/argo/argoexec', 'emissary', '--'], args: ['argoexec', 'data'], env: NODE },
    { name: 'sidecar', command: ['argoexec', 'wait'] },
    { name: 'entrypoint', env: NODE },
  ],
};
const pod = manifest({ spec: step });
const told = delegation({ pod });
const NAME = `berth.a.${told.spec.pod.uid}.1`;
const result = (labels?: Record<string, string>, more: object = {}): WorkflowTaskResult => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'WorkflowTaskResult',
  metadata: { name: NAME, namespace: 'jobs', uid: 'result-uid', ...(labels && { labels }) },
  ...more,
});

describe('the name of the result', () => {
  it('is what the executor is told, wherever it runs, and what the user sees stays', () => {
    const renamed = withResultName(step, 'new');
    const idOf = ({ containers, initContainers = [] }: PodSpec) =>
      [...initContainers, ...containers].map(
        ({ name, env }) => [name, env?.find((entry) => entry.name === 'ARGO_NODE_ID')?.value] as const,
      );
    expect(idOf(renamed)).toEqual([
      ['init', 'new'],
      ['wait', 'new'],
      ['main', 'wf-1'],
      ['data', 'new'],
      ['sidecar', undefined],
      ['entrypoint', 'wf-1'],
    ]);
    expect(renamed.containers[0]?.env?.[0]).toEqual({ name: 'A', value: '1' });
    expect(withResultName({ containers: [] }, 'new')).toStrictEqual({ containers: [] });
  });

  it('is in the delegate', () => {
    expect(delegateOf(told, running).spec.initContainers?.[0]?.env).toEqual([{ name: 'ARGO_NODE_ID', value: NAME }]);
    expect(resultKey(told)).toBe(`jobs/${NAME}`);
  });
});

test('only steps report results', () => {
  expect(reportsResult(told)).toBe(true);
  expect(reportsResult(delegation())).toBe(false);
});

describe('the right to report', () => {
  const account = (serviceAccountName?: string): Pod => ({
    ...delegateOf(told, running),
    spec: { containers: [], ...(serviceAccountName !== undefined && { serviceAccountName }) },
  });
  const binding = (name: string) => ({
    do: 'create',
    at: 'home',
    resource: 'rolebindings',
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: {
        namespace: 'jobs',
        name: `berth-task-results-${name}`,
        labels: { 'app.kubernetes.io/managed-by': 'berth' },
      },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'berth-task-results' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'jobs', name }],
    },
    unlessThere: true,
  });

  it.each([['builder'], [''], [undefined]])('is given to service account %j', (name) => {
    const actions = grantResult(told, account(name), () => false);
    expect(actions).toStrictEqual([binding(name || 'default')]);
    expect(actions.map(grantedBy)).toEqual([`jobs/${name || 'default'}`]);
  });

  it('is given before the delegate is created, to steps only, and once', () => {
    const done = (change: Parameters<typeof state>[0]) =>
      planDelegate(state(change)).actions.map((action) => `${action.do} ${action.do === 'create' && action.resource}`);
    expect(done({ delegation: told }).slice(0, 2)).toEqual(['create rolebindings', 'create pods']);
    expect(done({ delegation: delegation() })[0]).toBe('create pods');
    const asked: string[] = [];
    const mayReport = (name: string) => asked.push(name) > 0;
    expect(done({ delegation: told, house: house({ mayReport }) })[0]).toBe('create pods');
    expect(asked).toEqual(['jobs/default']);
    expect(grantedBy(planDelegate(state()).actions[0] ?? expect.unreachable())).toBeUndefined();
  });
});

describe('what the hub hears', () => {
  const outputs = { parameters: [{ name: 'a', value: '1' }], artifacts: null };
  const known = {
    completed: true,
    content: { outputs: { parameters: [{ name: 'a', value: '1' }] }, phase: 'Succeeded' },
  };

  it('is all that is neither kind nor metadata, and whether more is to come', () => {
    const all = result({ [ARGO.reported]: 'true' }, { outputs, phase: 'Succeeded' });
    expect(taskResultOf(all, told)).toStrictEqual(known);
    expect([result(), result({}), result({ [ARGO.reported]: 'false' })].map(isComplete)).toEqual([false, false, false]);
  });

  it('is not there if the hub has no room for it, with the reason', () => {
    const content = { outputs: { result: 'ü'.repeat(500_000) } };
    const room = 1_400_000 - JSON.stringify(content).length - 500_000;
    const beside = (bytes: number) => delegation({ spec: { manifest: 'x'.repeat(bytes - 2) } });
    expect(taskResultOf(result({}, content), beside(room))).toStrictEqual({ completed: false, content });
    expect(taskResultOf(result({}, content), beside(room + 1))).toStrictEqual({
      completed: false,
      content: {},
      refused: 'manifest and result of the step have 1400001 bytes, the hub takes 1400000',
    });
  });

  it('comes with the end of the delegate, in one patch', () => {
    const all = result({ [ARGO.reported]: 'true' }, { outputs, phase: 'Succeeded' });
    const { actions } = planDelegate(state({ delegation: told, pod: delegateOf(told, ended(0)), result: all }));
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatchObject({ body: { status: { pod: { phase: 'Succeeded' }, taskResult: known } } });
  });

  it('comes with the loss of a delegate, seen or not', () => {
    const status = { delegate: { uid: 'd' }, pod: running };
    const lost = (last?: Pod) =>
      planDelegate(state({ delegation: delegation({ pod, status }), result: result(), ...(last && { last }) }));
    for (const plan of [lost(), lost(delegateOf(told, running))])
      expect(plan.actions[0]).toMatchObject({
        body: { status: { pod: { phase: 'Failed' }, taskResult: { completed: false, content: {} } } },
      });
  });

  it('is not taken back when somebody deletes the result', () => {
    const heard = delegation({ pod, status: { taskResult: known } });
    expect(reportOf(delegateOf(told, running), heard).taskResult).toEqual(known);
    expect(reportOf(delegateOf(told, running), delegation({ pod }))).not.toHaveProperty('taskResult');
  });

  it('is told of at once, and its changes a moment later, with what else there is to tell', () => {
    const { annotations: _, ...status } = { observedGeneration: 1, ...reportOf(delegateOf(told, running), told) };
    const first = state({ delegation: delegation({ pod, status }), pod: delegateOf(told, running), result: result() });
    const before = {
      ...first,
      delegation: delegation({ pod, status: { ...status, taskResult: { completed: false, content: {} } } }),
    };
    expect(planDelegate(first).actions).toEqual([patchOf({ taskResult: { completed: false, content: {} } })]);
    const later = { ...before, result: result({}, { progress: '1/2' }), differsSince: before.now };
    expect(planDelegate(later)).toMatchObject({ actions: [], wakeAfterMs: 2_000 });
    expect(planDelegate({ ...later, differsSince: before.now - 2_000 }).actions).toEqual([
      patchOf({ taskResult: { content: { progress: '1/2' } } }),
    ]);
  });
});

it('the result goes when its delegate has gone, before the delegation', () => {
  const gone = delegation({ pod, spec: { desired: 'Gone' } });
  const plan = (change: object) => planDelegate(state({ delegation: gone, result: result(), ...change })).actions;
  expect(plan({}).slice(0, -1)).toStrictEqual([
    { do: 'delete', at: 'home', resource: 'workflowtaskresults', namespace: 'jobs', name: NAME, uid: 'result-uid' },
  ]);
  expect(plan({}).at(-1)).toMatchObject({ do: 'delete', resource: 'poddelegations' });
  expect(plan({ pod: delegateOf(gone, running) }).map((action) => action.do === 'delete' && action.resource)).toEqual([
    'pods',
  ]);
});

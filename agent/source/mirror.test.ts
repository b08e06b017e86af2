import { describe, expect, test } from 'vitest';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../../api/index.ts';
import { delegationTo, original, proxyOf, UID } from '../../test/builders.ts';
import { mirror, patchProxy, show } from './mirror.ts';
import { bound, decision, onNode, state } from './plan.lab.ts';

const MIRRORED = 'multicluster.admiralty.io/mirrored-annotations';

const withStatus = (status: PodStatus, pod: Pod = bound): Pod => ({ ...pod, status });
const statusOf = (actions: ReturnType<typeof show>): unknown =>
  actions.map((action) => (action.do === 'patch' ? (action.body as { status: unknown }).status : undefined))[0];
/** What would be written of `reported` over `shown`. */
const change = (shown: PodStatus, reported: PodStatus, pod: Pod = bound) =>
  statusOf(show(withStatus(shown, pod), reported));
const container = (name: string, more: object = {}): ContainerStatus => ({
  ...{ name, image: 'i', imageID: 'x', ready: true, restartCount: 0 },
  ...more,
});
const condition = (type: string, status: 'True' | 'False', more: Partial<Condition> = {}): Condition => ({
  type,
  status,
  ...more,
});

test('one patch of the status, which carries the version that it was made from', () => {
  const patch = { do: 'patch', at: 'home', resource: 'pods', name: 'step', type: 'strategic', subresource: 'status' };
  const status = { phase: 'Running' as const };
  const metadata = { uid: UID, resourceVersion: '10' };
  expect(patchProxy(bound, status)).toStrictEqual({ ...patch, namespace: 'default', body: { metadata, status } });
  const { namespace: _, ...bare } = bound.metadata;
  expect(patchProxy({ ...bound, metadata: bare }, {}, { a: null })).toStrictEqual({
    ...patch,
    namespace: '',
    body: { metadata: { ...metadata, annotations: { a: null } }, status: {} },
  });
});

describe('of the delegate travel', () => {
  const all = { phase: 'Failed', reason: 'Evicted', message: 'no room', startTime: '2026-01-02T03:00:00Z' } as const;

  test('phase, reason, message and start', () => {
    expect(change({}, { ...all, podIP: '10.1.1.1', hostIP: '10.1.1.2', qosClass: 'BestEffort' })).toStrictEqual(all);
  });

  test('only those that differ', () => {
    expect(change({ ...all, message: 'old' }, all)).toStrictEqual({ message: 'no room' });
    expect(change(all, all)).toBeUndefined();
  });

  test('nothing that it does not have', () => {
    expect(change({}, { phase: 'Running' })).toStrictEqual({ phase: 'Running' });
    expect(change({ startTime: 'then' }, {})).toBeUndefined();
  });

  test('a reason and a message that hold no longer, as null', () => {
    expect(change({ reason: 'NodeLost', message: 'x' }, {})).toStrictEqual({ reason: null, message: null });
    expect(change({ reason: '', message: '' }, {})).toBeUndefined();
    expect(change({ reason: 'Evicted' }, { reason: 'Evicted' })).toBeUndefined();
  });

  test('its containers, of those that the proxy has', () => {
    const reported = { containerStatuses: [container('main'), container('mesh')] };
    expect(change({}, reported)).toStrictEqual({ containerStatuses: [container('main')] });
    expect(change({}, { containerStatuses: [container('mesh')] })).toBeUndefined();
    expect(change({}, { initContainerStatuses: [container('mesh-init')] })).toBeUndefined();
  });

  test('its init containers', () => {
    const pod = proxyOf(original({ initContainers: [{ name: 'init' }] }), { nodeName: 'berth-away' });
    const initContainerStatuses = [container('init')];
    expect(change({}, { initContainerStatuses }, pod)).toStrictEqual({ initContainerStatuses });
  });

  test.each([
    ['how often one restarted', { restartCount: 1 }],
    ['a state', { state: { running: {} } }],
    ['a deeper value', { state: { waiting: { reason: 'B' } } }],
  ])('a change of containers: %s', (_, more) => {
    const before = { containerStatuses: [container('main', { state: { waiting: { reason: 'A' } } })] };
    expect(change(before, { containerStatuses: [container('main', more)] })).toStrictEqual({
      containerStatuses: [container('main', more)],
    });
  });

  test('no change where null stands for nothing', () => {
    const before = { containerStatuses: [container('main', { state: null })] };
    expect(change(before, { containerStatuses: [container('main')] })).toBeUndefined();
  });
});

describe('conditions', () => {
  test('travel without what counts generations of the delegate', () => {
    const reported = { conditions: [condition('Ready', 'True', { observedGeneration: 3 })] };
    expect(change({}, reported)).toStrictEqual({ conditions: [condition('Ready', 'True')] });
  });

  test.each([
    ['status', condition('Ready', 'False', { reason: 'R', message: 'M' })],
    ['reason', condition('Ready', 'True', { reason: 'S', message: 'M' })],
    ['message', condition('Ready', 'True', { reason: 'R', message: 'N' })],
  ])('travel if they differ by %s', (_, reported) => {
    const shown = condition('Ready', 'True', { reason: 'R', message: 'M' });
    expect(change({ conditions: [shown] }, { conditions: [shown] })).toBeUndefined();
    expect(change({ conditions: [shown] }, { conditions: [reported] })).toStrictEqual({ conditions: [reported] });
  });

  test('take back a reason or a message that is no more, and only that', () => {
    const taken = (shown: Partial<Condition>) =>
      change({ conditions: [condition('Ready', 'False', shown)] }, { conditions: [condition('Ready', 'True')] });
    expect(taken({})).toStrictEqual({ conditions: [condition('Ready', 'True')] });
    expect(taken({ reason: 'R' })).toStrictEqual({ conditions: [{ reason: null, ...condition('Ready', 'True') }] });
    expect(taken({ message: 'M' })).toStrictEqual({ conditions: [{ message: null, ...condition('Ready', 'True') }] });
  });

  test('of scheduling are those of home', () => {
    expect(change({}, { conditions: [condition('PodScheduled', 'False')] })).toBeUndefined();
    const shown = { conditions: [condition('PodScheduled', 'True')] };
    expect(change(shown, { conditions: [condition('PodScheduled', 'False')] })).toBeUndefined();
  });

  test('of a disruption are those of home only once home says that there is one', () => {
    const reported = { conditions: [condition('DisruptionTarget', 'True', { reason: 'away' })] };
    const home = (status: 'True' | 'False') => ({ conditions: [condition('DisruptionTarget', status)] });
    expect(change(home('True'), reported)).toBeUndefined();
    expect(change(home('False'), reported)).toStrictEqual(reported);
    expect(change({ conditions: [condition('Ready', 'True')] }, { conditions: [condition('Ready', 'False')] })).toEqual(
      { conditions: [condition('Ready', 'False')] },
    );
  });

  test('of readiness gates are set at home', () => {
    const pod = proxyOf(original(), { nodeName: 'berth-away', readinessGates: [{ conditionType: 'load-balancer' }] });
    const reported = { conditions: [condition('load-balancer', 'False'), condition('Ready', 'False')] };
    expect(change({}, reported, pod)).toStrictEqual({ conditions: [condition('Ready', 'False')] });
    expect(change({}, reported)).toStrictEqual(reported);
  });
});

describe('while nothing is heard of the target', () => {
  const offline = (reported: PodStatus, shown: PodStatus = {}) => {
    const delegations = [delegationTo('away', onNode(reported))];
    return statusOf(mirror(state({ proxy: withStatus(shown), decision, delegations, targetOffline: true })));
  };

  test('its word about Ready does not count, all else does', () => {
    const conditions = [condition('Ready', 'True'), condition('Initialized', 'True')];
    expect(offline({ phase: 'Running', conditions })).toStrictEqual({
      phase: 'Running',
      conditions: [condition('Initialized', 'True')],
    });
    expect(offline({ phase: 'Running' })).toStrictEqual({ phase: 'Running' });
  });
});

describe('nothing is shown', () => {
  const delegations = [delegationTo('away', onNode({ phase: 'Running' }))];

  test.each([
    ['there is no proxy', { decision, delegations }],
    ['nothing is decided', { proxy: bound, delegations }],
    ['nothing is reported', { proxy: bound, decision, delegations: [delegationTo('away', onNode())] }],
    ['the proxy has ended', { proxy: withStatus({ phase: 'Succeeded' }), decision, delegations }],
  ])('if %s', (_, parts) => {
    expect(mirror(state(parts))).toEqual([]);
  });
});

describe('annotations of the delegate', () => {
  const bodyOf = (status: object, annotations: Record<string, string> = {}, generation?: number) => {
    const delegation = delegationTo('away', { ...onNode({ phase: 'Running' }), ...status }, {});
    const { metadata, ...rest } = delegation;
    const known = { ...metadata, ...(generation !== undefined && { generation }) };
    const proxy = withStatus({ phase: 'Running' });
    const own = {
      ...proxy,
      metadata: { ...proxy.metadata, annotations: { ...proxy.metadata.annotations, ...annotations } },
    };
    const [action] = mirror(state({ proxy: own, decision, delegations: [{ ...rest, metadata: known }] }));
    return action?.do === 'patch' ? (action.body as { metadata: { annotations?: object }; status: object }) : undefined;
  };

  test('come with a note of what came, also where the status stays', () => {
    const body = bodyOf({ annotations: { result: 'ok' } });
    expect(body?.status).toStrictEqual({});
    expect(body?.metadata.annotations).toStrictEqual({
      result: 'ok',
      [MIRRORED]: expect.stringContaining('"result":'),
    });
  });

  test('are nothing where none came and none has come', () => {
    expect(bodyOf({})).toBeUndefined();
    expect(bodyOf({ annotations: {} })).toBeUndefined();
  });

  test('go when the delegate has them no more', () => {
    const note = bodyOf({ annotations: { result: 'ok' } })?.metadata.annotations as Record<string, string>;
    expect(bodyOf({}, note)?.metadata.annotations).toStrictEqual({ result: null, [MIRRORED]: null });
  });
});

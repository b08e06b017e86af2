import { describe, expect, it } from 'vitest';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../../api/index.ts';
import { ended, running } from './delegation.samples.ts';
import { lostStatus } from './lost.ts';

const AT = '2026-01-01T00:00:09Z';
const how = { at: AT, message: 'it vanished' };
const unknown = (startedAt?: string) => ({
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
    ...(startedAt !== undefined && { startedAt }),
    finishedAt: AT,
  },
});
const container = (name: string, change: Partial<ContainerStatus>): ContainerStatus => ({
  name,
  ready: true,
  restartCount: 2,
  image: 'i',
  imageID: 'id',
  ...change,
});
const lostOf = (known: PodStatus | undefined, spec: Pod['spec'] = { containers: [] }) =>
  lostStatus(undefined, known, spec, how);

describe('a delegate of which nothing was ever heard', () => {
  it('failed, with an end for every container that the manifest names', () => {
    const spec = { containers: [{ name: 'main', image: 'busybox' }, { name: 'side' }] };
    const end = { ready: false, restartCount: 0, imageID: '', started: false, state: unknown() };
    expect(lostOf(undefined, spec)).toStrictEqual({
      phase: 'Failed',
      reason: 'DelegateLost',
      message: 'it vanished',
      conditions: [],
      containerStatuses: [
        { name: 'main', image: 'busybox', ...end },
        { name: 'side', image: '', ...end },
      ],
    });
  });

  it('has ends of init containers too, if it has such', () => {
    const spec = { containers: [], initContainers: [{ name: 'init', image: 'i' }] };
    expect(lostOf(undefined, spec)).toStrictEqual({
      phase: 'Failed',
      reason: 'DelegateLost',
      message: 'it vanished',
      conditions: [],
      containerStatuses: [],
      initContainerStatuses: [
        { name: 'init', image: 'i', imageID: '', ready: false, restartCount: 0, started: false, state: unknown() },
      ],
    });
  });
});

describe('containers of a delegate that vanished', () => {
  const spec = {
    containers: [{ name: 'runs' }, { name: 'waits' }, { name: 'ended' }, { name: 'stateless' }],
    initContainers: [{ name: 'init' }],
  };
  const done = container('ended', { ready: false, started: false, state: { terminated: { exitCode: 3 } } });
  const init = container('init', { state: { terminated: { exitCode: 0 } } });
  const known: PodStatus = {
    phase: 'Running',
    podIP: '10.0.0.1',
    containerStatuses: [
      done,
      container('waits', { state: { waiting: { reason: 'CrashLoopBackOff' } } }),
      container('stateless', {}),
      container('runs', { started: true, state: { running: { startedAt: 's' } } }),
    ],
    initContainerStatuses: [init],
  };

  it('keep what was known of them, and their own ends', () => {
    const end = { ready: false, started: false };
    expect(lostOf(known, spec)).toStrictEqual({
      phase: 'Failed',
      podIP: '10.0.0.1',
      reason: 'DelegateLost',
      message: 'it vanished',
      conditions: [],
      containerStatuses: [
        container('runs', { ...end, state: unknown('s') }),
        container('waits', { ...end, state: unknown() }),
        done,
        container('stateless', { ...end, state: unknown() }),
      ],
      initContainerStatuses: [init],
    });
  });
});

describe('conditions of a delegate that vanished', () => {
  const condition = (type: string, status: Condition['status']): Condition => ({
    type,
    status,
    message: 'old',
    lastTransitionTime: 'then',
  });
  const failed = (type: string) => ({ type, status: 'False', reason: 'PodFailed', lastTransitionTime: AT });

  it.each([
    ['Ready', 'True', failed('Ready')],
    ['Ready', 'Unknown', failed('Ready')],
    ['Ready', 'False', condition('Ready', 'False')],
    ['ContainersReady', 'True', failed('ContainersReady')],
    ['ContainersReady', 'False', condition('ContainersReady', 'False')],
    ['Initialized', 'True', condition('Initialized', 'True')],
  ] as const)('%s=%s', (type, status, then) => {
    expect(lostOf({ conditions: [condition(type, status)] }).conditions).toStrictEqual([then]);
  });
});

describe('why a delegate vanished', () => {
  const disrupted = (change: Partial<Condition> = {}): PodStatus => ({
    conditions: [
      { type: 'Initialized', status: 'True', reason: 'no', message: 'no' },
      { type: 'DisruptionTarget', status: 'True', reason: 'Evicted', message: 'by the API', ...change },
    ],
  });

  it.each<[string, PodStatus, string, string]>([
    ['nobody said', {}, 'DelegateLost', 'it vanished'],
    ['a disruption did', disrupted(), 'Evicted', 'by the API'],
    ['a disruption that did not come to be', disrupted({ status: 'False' }), 'DelegateLost', 'it vanished'],
    ['the kubelet knows best', { ...disrupted(), reason: 'NodeLost', message: 'node' }, 'NodeLost', 'node'],
    ['each says a part', { ...disrupted(), reason: 'NodeLost' }, 'NodeLost', 'by the API'],
    [
      'no more than a condition',
      { conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      'DelegateLost',
      'it vanished',
    ],
  ])('%s', (_, known, reason, message) => {
    expect(lostOf(known)).toMatchObject({ phase: 'Failed', reason, message });
  });
});

describe('what counts as known', () => {
  const last = (status?: PodStatus): Pod => ({
    metadata: { name: 'd' },
    spec: { containers: [] },
    ...(status && { status }),
  });
  const spec = { containers: [] };

  it('is the delegate as last seen, even without a status, else what the hub was told', () => {
    const seen = lostStatus(last({ phase: 'Running', podIP: '1.1.1.1', hostIP: '2.2.2.2' }), { podIP: 'x' }, spec, how);
    expect(seen).toMatchObject({ phase: 'Failed', podIP: '1.1.1.1' });
    expect(seen).not.toHaveProperty('hostIP');
    expect(lostStatus(last(), { podIP: 'x' }, spec, how)).not.toHaveProperty('podIP');
    expect(lostStatus(undefined, { podIP: 'x' }, spec, how)).toMatchObject({ podIP: 'x' });
  });

  it('stands, if it is an end', () => {
    expect(lostStatus(last(ended(0)), running, spec, how)).toStrictEqual(ended(0));
    expect(lostStatus(undefined, ended(3), spec, how)).toStrictEqual(ended(3));
    expect(lostStatus(last(running), ended(3), spec, how).reason).toBe('DelegateLost');
  });
});

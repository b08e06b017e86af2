import { describe, expect, it } from 'vitest';
import type { ContainerStatus, PodStatus } from '../../api/index.ts';
import { delegateOf, delegation, manifest, state } from './delegation.samples.ts';
import { planDelegate } from './plan.ts';
import { onlyReports, onlySidecarsRun } from './sidecars.ts';

const env = [{ name: 'ARGO_NODE_ID', value: 'wf-1' }];
const containers = [{ name: 'wait', env }, { name: 'main' }];
const step = delegation({ pod: manifest({ spec: { containers } }) });
const plain = delegation({ pod: manifest({ spec: { containers: [{ name: 'wait' }, { name: 'main' }] } }) });

const shown = (states: Record<string, 'ended' | 'running' | 'waiting'>): PodStatus => ({
  phase: 'Running',
  containerStatuses: Object.entries(states).map(
    ([name, how]): ContainerStatus => ({
      ...{ name, ready: false, restartCount: 0, image: 'i', imageID: 'i' },
      state: { ended: { terminated: { exitCode: 0 } }, running: { running: {} }, waiting: { waiting: {} } }[how],
    }),
  ),
});

const ENDED = { wait: 'ended', main: 'ended' } as const;

describe('onlySidecarsRun', () => {
  it.each([
    ['of a step that ended', step, { ...ENDED, mesh: 'running' }, true],
    ['that waits beside a step that ended', step, { ...ENDED, mesh: 'waiting' }, true],
    ['beside a step that reports', step, { ...ENDED, wait: 'running', mesh: 'running' }, false],
    ['beside nothing that is known', step, { mesh: 'running' }, false],
    ['that ended too', step, { ...ENDED, mesh: 'ended' }, false],
    ['of a pod that is no step', plain, { ...ENDED, mesh: 'running' }, false],
  ] as const)('%s', (_, of, states, only) => {
    expect(onlySidecarsRun(delegateOf(of, shown(states)), of)).toBe(only);
  });

  it('not before anything is told of', () => {
    expect(onlySidecarsRun({ ...delegateOf(step, {}), status: {} }, step)).toBe(false);
    const { status: _, ...bare } = delegateOf(step, {});
    expect(onlySidecarsRun(bare, step)).toBe(false);
  });
});

it('they end with the grace of their pod, and once', () => {
  const pod = delegateOf(step, shown({ ...ENDED, mesh: 'running' }));
  const plan = (change: object) => planDelegate(state({ delegation: step, pod: { ...pod, ...change } })).actions;
  const { namespace, name } = step.spec.delegate;
  const remove = { do: 'delete', at: 'home', resource: 'pods', namespace, name, uid: 'delegate-uid' };
  expect(plan({}).at(-1)).toStrictEqual(remove);
  expect(plan({ metadata: { ...pod.metadata, deletionTimestamp: 'now' } })).not.toContainEqual(remove);
  expect(plan({ status: { ...pod.status, phase: 'Failed' } })).not.toContainEqual(remove);
});

describe('a step that is to be killed', () => {
  const killed = delegation({
    pod: manifest({ spec: { containers } }),
    spec: { desired: 'Stop', gracePeriodSeconds: 1 },
  });
  const stopped = delegation({ pod: manifest({ spec: { containers } }), spec: { desired: 'Stop' } });

  it.each([
    ['is killed while it runs', killed, { wait: 'running', main: 'running' }, false],
    ['is left to report once it has ended by itself', killed, { wait: 'running', main: 'ended' }, true],
    ['is killed with what runs beside it', killed, { wait: 'running', main: 'ended', mesh: 'running' }, false],
    ['has ended', killed, ENDED, false],
    ['has its own grace, with its executor', stopped, { wait: 'running', main: 'ended' }, false],
  ] as const)('%s', (_, of, states, only) => {
    const pod = delegateOf(of, shown(states));
    expect(onlyReports(pod, of)).toBe(only);
    const deletes = planDelegate(state({ delegation: of, pod })).actions.some((action) => action.do === 'delete');
    expect(deletes).toBe(!only);
  });
});

import { describe, expect, it } from 'vitest';
import { ARGO, type Pod, type WorkflowTaskResult } from '../../api/index.ts';
import { podState, reached, resultState } from './states.ts';

const status = (name: string, state: object) => ({ name, state });
const pod = (more: object, metadata: object = {}) => ({ metadata: { name: 'p', ...metadata }, status: more }) as Pod;

describe('a pod in a few words', () => {
  it('names each container, how it ended and why if that says more', () => {
    const terminated = { exitCode: 137, reason: 'OOMKilled' };
    const state = podState(
      pod({
        phase: 'Running',
        initContainerStatuses: [status('init', { terminated: { exitCode: 0, reason: 'Completed' } })],
        containerStatuses: [
          status('main', { terminated }),
          status('wait', { running: {} }),
          status('side', { waiting: {} }),
        ],
      }),
    );
    expect(state).toEqual({
      phase: 'Running',
      'container init': 'exit 0',
      'container main': 'exit 137 OOMKilled',
      'container wait': 'running',
      'container side': 'waiting',
    });
  });

  it('says that it is being deleted', () => {
    expect(podState(pod({}, { deletionTimestamp: 'now' }))).toEqual({ phase: 'Pending', deleting: true });
  });
});

it('a result in a few words is what it holds, and whether that is all', () => {
  const metadata = { name: 'r', labels: { [ARGO.reported]: 'true' } };
  const result = { apiVersion: 'v', kind: 'WorkflowTaskResult', metadata, outputs: { result: '1' } };
  expect(resultState(result as WorkflowTaskResult)).toEqual({ reported: 'true', outputs: { result: '1' } });
});

describe('something has come as far as wanted', () => {
  it.each([
    [{ phase: 'Succeeded' }, { phase: 'Running' }],
    [{ phase: 'Running', 'container main': 'exit 3' }, { 'container main': 'running' }],
    [{ 'container main': 'running' }, { 'container main': 'waiting' }],
    [{ reported: 'true', outputs: {} }, { reported: 'false' }],
    [{ outputs: { result: '1' } }, { outputs: { result: '1' } }],
  ])('%j after %j', (state, wanted) => {
    expect(reached(state, wanted)).toBe(true);
  });

  it.each([
    [{ phase: 'Running' }, { phase: 'Succeeded' }],
    [{ phase: 'Succeeded' }, { phase: 'Failed' }],
    [{ 'container main': 'exit 1' }, { 'container main': 'exit 0' }],
    [{ 'container main': 'waiting' }, { 'container main': 'running' }],
    [{ phase: 'Running' }, { 'container main': 'running' }],
    [{ reported: 'false' }, { reported: 'true' }],
    [{ outputs: { result: '2' } }, { outputs: { result: '1' } }],
    [{ phase: 'Running' }, { phase: 'Running', gone: true }],
  ])('%j is not yet %j', (state, wanted) => {
    expect(reached(state, wanted)).toBe(false);
  });
});

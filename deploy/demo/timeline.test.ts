import { describe, expect, it } from 'vitest';
import { DELEGATE, type Pod, type PodStatus, PROXY_SCHEDULER } from '../../api/index.ts';
import { standingOf } from './pod-state.ts';
import { newTimeline, observe, RUN_LABEL, type Sighting, stepsOf } from './timeline.ts';

const pod = (status: PodStatus, spec: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name: 'federated-x', namespace: 'default', uid: 'u1', labels: { [RUN_LABEL]: 'federated' } },
  spec: { containers: [], ...spec },
  status,
});
const scheduled = (message: string): PodStatus => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const seen = (...sightings: Sighting[]) => stepsOf(sightings.reduce(observe, newTimeline('cluster1', 'federated')));

describe('where a pod stands', () => {
  it('says why it waits, by the reasons alone', () => {
    const message = '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No victims.';
    expect(standingOf(pod(scheduled(message)))).toEqual({ state: 'waiting', why: '1 Insufficient cpu' });
    expect(standingOf(pod(scheduled('no quota'))).why).toBe('no quota');
  });

  it('says what a bound pod waits for', () => {
    const waiting = { reason: 'ImagePullBackOff' };
    const container = { name: 'step', ready: false, restartCount: 0, image: '', imageID: '', state: { waiting } };
    const status: PodStatus = { phase: 'Pending', containerStatuses: [container] };
    expect(standingOf(pod(status, { nodeName: 'n' }))).toEqual({ state: 'pending', why: 'ImagePullBackOff' });
  });

  it('says how a pod failed, by its container or by itself', () => {
    const terminated = { exitCode: 3, reason: 'Error' };
    const container = { name: 'step', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated } };
    expect(standingOf(pod({ phase: 'Failed', containerStatuses: [container] })).why).toBe('exit code 3, Error');
    expect(standingOf(pod({ phase: 'Failed', reason: 'Evicted', message: 'no room' })).why).toBe('Evicted: no room');
  });
});

describe('timeline', () => {
  const proxy = (status: PodStatus, nodeName?: string): Pod =>
    pod(status, { schedulerName: PROXY_SCHEDULER, ...(nodeName !== undefined && { nodeName }) });
  const delegate: Pod = {
    metadata: { name: 'cluster1-default-federated-x-h', uid: 'd1', annotations: { [DELEGATE.proxyUid]: 'u1' } },
    spec: { containers: [] },
  };

  it('keeps when each state was first seen', () => {
    const [step] = seen(
      { cluster: 'cluster1', pod: proxy(scheduled('no room')), at: 100 },
      { cluster: 'cluster1', pod: proxy(scheduled('still no room')), at: 200 },
      { cluster: 'cluster1', pod: proxy({ phase: 'Pending' }, 'berth-cluster2'), at: 300 },
      { cluster: 'cluster1', pod: proxy({ phase: 'Running' }, 'berth-cluster2'), at: 400 },
      { cluster: 'cluster1', pod: proxy({ phase: 'Succeeded' }, 'berth-cluster2'), at: 500 },
      { cluster: 'cluster1', pod: proxy({ phase: 'Succeeded' }, 'berth-cluster2'), at: 600 },
    );
    expect(step).toMatchObject({ seenAt: 100, pendingAt: 300, runningAt: 400, endedAt: 500, phase: 'Succeeded' });
  });

  it('finds a delegate that was seen before its proxy, where it really is', () => {
    const [step, ...others] = seen(
      { cluster: 'cluster2', pod: delegate, at: 100 },
      { cluster: 'cluster1', pod: proxy({ phase: 'Running' }, 'berth-cluster2'), at: 200 },
    );
    expect(step).toMatchObject({ cluster: 'cluster2', delegate: delegate.metadata.name });
    expect(others).toEqual([]);
  });

  it('takes a proxy that has a delegate for pending, though it is not bound yet', () => {
    const [step] = seen(
      { cluster: 'cluster1', pod: proxy(scheduled('no room')), at: 100 },
      { cluster: 'cluster2', pod: delegate, at: 200 },
      { cluster: 'cluster2', pod: delegate, at: 300 },
    );
    expect(step).toMatchObject({ state: 'pending', why: '', cluster: 'cluster2', pendingAt: 200 });
  });

  it('does not take the virtual node of a proxy for the place where it runs', () => {
    const [step] = seen({ cluster: 'cluster1', pod: proxy({ phase: 'Running' }, 'berth-cluster2'), at: 200 });
    expect(step?.cluster).toBeUndefined();
  });

  it('knows where a plain pod runs', () => {
    const [step] = seen({ cluster: 'cluster1', pod: pod({ phase: 'Running' }, { nodeName: 'n' }), at: 100 });
    expect(step).toMatchObject({ cluster: 'cluster1' });
    expect(step).not.toHaveProperty('delegate');
  });

  it('takes no pods of other runs or places', () => {
    const other = pod({ phase: 'Running' });
    other.metadata.labels = { [RUN_LABEL]: 'single' };
    expect(seen({ cluster: 'cluster1', pod: other, at: 1 }, { cluster: 'cluster2', pod: pod({}), at: 1 })).toEqual([]);
  });
});

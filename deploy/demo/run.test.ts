import { describe, expect, it } from 'vitest';
import { DELEGATE, type Pod, type PodPhase, PROXY_SCHEDULER } from '../../api/index.ts';
import type { ApiClient } from '../../kube/index.ts';
import type { Followed, Follower } from './follow.ts';
import { run } from './run.ts';
import { RUN_LABEL } from './timeline.ts';
import { scenarioB } from './workload.ts';

/** A cluster of which the test says what happens to its pods. */
function ground() {
  const listeners = new Set<(followed: Followed) => void>();
  const posted: string[] = [];
  const follower: Follower = {
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const home = {
    cluster: 'cluster1',
    raw: async (_method: string, _path: string, { body }: { body: Pod }) => {
      posted.push(body.metadata.name);
      return '';
    },
  } as unknown as ApiClient;
  const tell = (cluster: string, pod: Pod) => {
    for (const listener of listeners) listener({ cluster, pod });
  };
  return { follower, home, posted, tell, listeners };
}

const pod = (name: string, phase: PodPhase, schedulerName = 'default-scheduler'): Pod => ({
  metadata: { name, uid: name, labels: { [RUN_LABEL]: 'b' } },
  spec: { containers: [], nodeName: 'n', schedulerName },
  status: { phase },
});
const delegateOf = (uid: string): Pod => ({
  metadata: { name: `delegate-of-${uid}`, annotations: { [DELEGATE.proxyUid]: uid } },
  spec: { containers: [] },
});
const silent = { say: () => undefined, show: () => undefined, freeze: () => undefined, close: () => undefined };

function begin(o: { timeout?: number; signal?: AbortSignal } = {}) {
  const there = ground();
  const { follower, home } = there;
  let time = 0;
  const outcome = run({
    ...{ name: 'b', phases: scenarioB('b', 'cluster2'), home, follower, view: silent, clusters: [] },
    ...{ signal: new AbortController().signal, timeout: 10_000, now: () => time, ...o },
  });
  const at = (ms: number) => {
    time = ms;
  };
  return { ...there, outcome, at };
}
const posts = async ({ posted }: { posted: string[] }, names: string[]) =>
  expect.poll(() => posted, { timeout: 2_000 }).toEqual(names);

describe('a run', () => {
  it('submits a phase when the one before has ended, and measures until the last end', async () => {
    const r = begin();
    await posts(r, ['a', 'b']);
    r.at(9_000);
    r.tell('cluster1', pod('a', 'Succeeded'));
    r.tell('cluster1', pod('b', 'Succeeded', PROXY_SCHEDULER));
    await posts(r, ['a', 'b']);
    r.at(10_000);
    r.tell('cluster2', delegateOf('b'));
    await posts(r, ['a', 'b', 'c']);
    r.at(20_500);
    r.tell('cluster1', pod('c', 'Succeeded'));
    const { seconds, steps } = await r.outcome;
    expect(seconds).toBe(20.5);
    expect(steps.map(({ proxy, cluster }) => [proxy, cluster])).toEqual([
      ['a', 'cluster1'],
      ['b', 'cluster2'],
      ['c', 'cluster1'],
    ]);
    expect(r.listeners.size).toBe(0);
  });

  it('fails as soon as a step fails', async () => {
    const r = begin();
    await posts(r, ['a', 'b']);
    r.tell('cluster1', { ...pod('a', 'Failed'), status: { phase: 'Failed', reason: 'Evicted' } });
    await expect(r.outcome).rejects.toThrow('step a failed: Evicted');
  });

  it('fails when the time is over, saying what stands', async () => {
    const r = begin({ timeout: 50 });
    await posts(r, ['a', 'b']);
    r.tell('cluster1', pod('a', 'Running'));
    await expect(r.outcome).rejects.toThrow('b: 0 of 2 steps have ended after 0.05 s; a is running');
  });

  it('ends with its signal', async () => {
    const stop = new AbortController();
    const r = begin({ signal: stop.signal });
    await posts(r, ['a', 'b']);
    stop.abort(new Error('interrupted'));
    await expect(r.outcome).rejects.toThrow('interrupted');
    expect(r.listeners.size).toBe(0);
  });
});

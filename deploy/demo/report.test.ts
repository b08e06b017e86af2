import { describe, expect, it } from 'vitest';
import { requireDelegates, requirePinned } from './demo.ts';
import { type Outcome, type Outcomes, resultOf, summary } from './report.ts';
import type { Step } from './timeline.ts';

const step = (proxy: string, over: Partial<Step> = {}): Step => ({
  ...{ proxy, uid: proxy, state: 'done', why: '', phase: 'Succeeded', cluster: 'cluster2', delegate: `d-${proxy}` },
  ...{ seenAt: 1_000, pendingAt: 1_100, runningAt: 1_200, endedAt: 11_234 },
  ...over,
});
const outcome = (seconds: number, ...steps: Step[]): Outcome => ({ submittedAt: 1_000, seconds, steps });
const outcomes: Outcomes = {
  nodes: 'kubelet',
  single: outcome(46.123),
  federated: outcome(23.0571, step('x')),
  scenarioB: outcome(22.4, step('a', { cluster: 'cluster1' }), step('b')),
};

describe('report', () => {
  it('is one object for machines', () => {
    expect(resultOf(outcomes)).toEqual({
      single: { seconds: 46.12 },
      federated: { seconds: 23.06 },
      ratio: 0.5,
      nodes: 'kubelet',
      scenarioB: { seconds: 22.4, bCluster: 'cluster2' },
      pods: [{ proxy: 'x', delegate: 'd-x', cluster: 'cluster2', phase: 'Succeeded', seconds: 10.03 }],
    });
  });

  it('is tables for people', () => {
    expect(summary(outcomes)).toMatch(/^x +cluster2 +d-x +0\.2 s +10\.0 s$/m);
    expect(summary(outcomes)).toMatch(/^federated +23\.1 +0\.50$/m);
    expect(summary(outcomes)).not.toContain('simulated');
    expect(summary({ ...outcomes, nodes: 'simulated' })).toContain('simulated');
  });
});

describe('what must be', () => {
  const { delegate: _none, ...lone } = step('b');

  it('elected steps have delegates', () => {
    expect(() => requireDelegates(outcome(1, step('x'), lone))).toThrow('step b ran as a plain pod');
    expect(() => requireDelegates(outcome(1, step('x')))).not.toThrow();
  });

  it('the pinned step runs where it is pinned to', () => {
    expect(() => requirePinned(outcome(1, step('b')), 'cluster2')).not.toThrow();
    expect(() => requirePinned(outcome(1, step('b', { cluster: 'cluster1' })), 'cluster2')).toThrow('ran in cluster1');
    expect(() => requirePinned(outcome(1, lone), 'cluster2')).toThrow('plain pod');
  });
});

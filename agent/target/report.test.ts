import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerStatus, PodStatus } from '../../api/index.ts';
import { delegateOf, delegation, ended, manifest, running, status, waiting } from './delegation.samples.ts';
import { mergeDiff, withoutNulls } from './json.ts';
import { reportedStatus, reportOf, statusPatch } from './report.ts';
import { delay, urgency } from './urgency.ts';

/** RFC 7396, as an API server applies it. */
function applyMerge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(typeof target === 'object' && !Array.isArray(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = applyMerge(result[key], value);
  return result;
}

describe('mergeDiff', () => {
  it('gives a patch that makes the one of the other, or none if they are equal', () => {
    const tree = fc.letrec<{ object: Record<string, unknown> }>((tie) => ({
      object: fc.dictionary(
        fc.constantFrom('a', 'b', 'c'),
        fc.oneof({ depthSize: 'small' }, fc.nat(2), fc.array(fc.nat(2), { maxLength: 2 }), tie('object')),
        { noNullPrototype: true },
      ),
    })).object;
    fc.assert(
      fc.property(tree, tree, (old, next) => {
        const patch = mergeDiff(old, next);
        expect(applyMerge(old, patch ?? {})).toEqual(next);
        expect(mergeDiff(next, next)).toBeUndefined();
      }),
    );
  });

  it('withoutNulls looks everywhere', () => {
    expect(withoutNulls({ a: null, b: [{ c: null, d: 1 }] })).toEqual({ b: [{ d: 1 }] });
  });
});

describe('reportedStatus', () => {
  it('keeps what a proxy can show', () => {
    const container: ContainerStatus = {
      ...(running.containerStatuses[0] as ContainerStatus),
      resources: {},
      allocatedResources: {},
      volumeMounts: [],
    };
    const full: PodStatus = {
      ...running,
      reason: 'R',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      hostIP: '1.2.3.4',
      qosClass: 'Burstable',
      observedGeneration: 3,
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
      containerStatuses: [container],
    };
    expect(reportedStatus(full)).toEqual({
      ...running,
      reason: 'R',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    });
  });
});

describe('reportOf and statusPatch', () => {
  it('sends what differs, then nothing', () => {
    const pod = manifest({ metadata: { annotations: { mine: '1', same: '2' } } });
    const of = delegation({ pod, status: { conditions: [], pod: waiting('ContainerCreating') } });
    const delegate = delegateOf(of, running);
    Object.assign(delegate.metadata.annotations ?? {}, { mine: 'changed', 'multicluster.admiralty.io/x': '' });
    const report = reportOf(delegate, of);
    expect(report.annotations).toEqual({ mine: 'changed' });
    const patch = statusPatch(of, report);
    expect(patch).toMatchObject({ subresource: 'status', body: { metadata: { resourceVersion: '5' } } });
    const merged = applyMerge({ status: of.status }, patch?.body) as { status: NonNullable<typeof of.status> };
    expect(merged.status).toMatchObject({ ...report, observedGeneration: 1, conditions: [] });
    expect(statusPatch({ ...of, status: merged.status }, report)).toBeUndefined();
    expect(urgency(merged.status, report)).toBe('none');
  });
});

describe('urgency', () => {
  const of = delegation();
  const ask = (told: PodStatus | undefined, now: PodStatus, node: string | undefined = 'n1') => {
    const report = reportOf(delegateOf(of, now, node), of);
    return urgency(told && { delegate: report.delegate, pod: told }, report);
  };
  const wait = (reason: string, message?: string) => waiting(reason, message);

  it('is silent until there is a node or an end', () => {
    expect(urgency(undefined, reportOf(delegateOf(of, wait('ContainerCreating'), ''), of))).toBe('none');
    expect(urgency(undefined, reportOf(delegateOf(of, { phase: 'Failed' }, ''), of))).toBe('now');
    expect(ask(undefined, wait('ContainerCreating'))).toBe('soon');
  });

  it('tells running, readiness, restarts and ends at once', () => {
    expect(ask(undefined, running)).toBe('now');
    expect(ask(wait('ContainerCreating'), running)).toBe('now');
    expect(ask(running, ended(1))).toBe('now');
    expect(ask(status('Running', { running: {} }), running)).toBe('now');
    expect(ask(running, status('Running', { running: running.containerStatuses[0]?.state.running ?? {} }))).toBe('now');
    expect(ask(running, status('Running', { running: {} }, { ready: true, restarts: 1 }))).toBe('now');
  });

  it('coalesces what a kubelet shows on the way to the end', () => {
    expect(ask(running, status('Running', { terminated: { exitCode: 0 } }))).toBe('soon');
    expect(ask(wait('ContainerCreating'), wait('ErrImagePull'))).toBe('soon');
  });

  it('takes failing pulls for one state, and paces other waiting texts', () => {
    expect(ask(wait('ErrImagePull', 'a'), wait('ImagePullBackOff', 'b'))).toBe('none');
    expect(ask(wait('ImagePullBackOff', 'b'), wait('ErrImagePull', 'c'))).toBe('none');
    expect(ask(wait('CrashLoopBackOff', 'back-off 10s'), wait('CrashLoopBackOff', 'back-off 20s'))).toBe('flap');
  });

  it('never follows upon an end', () => {
    expect(ask(ended(0), running)).toBe('none');
    expect(ask(ended(0), ended(1))).toBe('none');
  });
});

describe('delay', () => {
  it('waits 2 s for what may pass, 10 s between flaps', () => {
    expect(delay('now', { now: 5_000 })).toBe(0);
    expect(delay('soon', { differsSince: 4_000, now: 5_000 })).toBe(1_000);
    expect(delay('soon', { differsSince: 3_000, now: 5_000 })).toBe(0);
    expect(delay('flap', { differsSince: 0, writtenAt: 1_000, now: 5_000 })).toBe(6_000);
    expect(delay('flap', { differsSince: 4_000, now: 5_000 })).toBe(1_000);
  });
});

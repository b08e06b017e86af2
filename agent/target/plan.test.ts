import { describe, expect, it } from 'vitest';
import type { PodDelegation } from '../../api/index.ts';
import { delegateOf, delegation, ended, running, state, status, waiting } from './delegation.samples.ts';
import { lostStatus } from './lost.ts';
import { planDelegate } from './plan.ts';

const refused: PodDelegation['status'] = {
  conditions: [{ type: 'Refused', status: 'True', reason: 'DelegateRefused', message: 'no' }],
};
const PENDING = { phase: 'Pending' as const };

describe('create', () => {
  it('acts in the name of the source, strictly, and adopts only its own', () => {
    const { actions } = planDelegate(state());
    expect(actions).toMatchObject([
      {
        do: 'create',
        at: 'home',
        as: 'berth:source:a',
        strict: true,
        adoptIf: { annotation: 'delegate.multicluster.admiralty.io/proxy-uid', value: delegation().spec.pod.uid },
      },
    ]);
  });

  it('never happens twice, after a refusal, or beside another attempt', () => {
    const once = delegation({ status: { delegate: { uid: 'x' } } });
    const plans = [
      state({ delegation: once }),
      state({ last: delegateOf(once, running) }),
      state({ delegation: delegation({ status: refused }) }),
      state({ others: ['jobs/older'] }),
      state({ delegation: delegation({ spec: { desired: 'Stop' } }) }),
    ].map(planDelegate);
    for (const { actions } of plans) expect(actions.some((action) => action.do === 'create')).toBe(false);
  });

  it('refuses bad manifests, and sources that speak for others', () => {
    const body = (change: Parameters<typeof delegation>[0]) =>
      planDelegate(state({ delegation: delegation(change) })).actions;
    const condition = (reason: string) => [
      { body: { status: { conditions: [{ type: 'Refused', status: 'True', reason }] } } },
    ];
    expect(body({ spec: { manifest: '' } })).toMatchObject(condition('BadManifest'));
    expect(body({ spec: { source: 'c' } })).toMatchObject(condition('DelegateRefused'));
  });
});

describe('a delegate without a node', () => {
  const pod = delegateOf(
    delegation(),
    { ...PENDING, conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes' }] },
    '',
  );

  const told = delegation({
    status: { conditions: [{ type: 'Scheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
  });

  it('says why, once that has lasted', () => {
    expect(planDelegate(state({ pod, pendingSince: 999_000 }))).toEqual({
      actions: [],
      reasons: [],
      wakeAfterMs: 1_000,
    });
    const { actions } = planDelegate(state({ pod, pendingSince: 998_000 }));
    const condition = { type: 'Scheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' };
    expect(actions).toMatchObject([{ do: 'patch', at: 'hub', body: { status: { conditions: [condition] } } }]);
    expect(actions).not.toHaveProperty('0.body.status.delegate');
  });

  it('says so no more when it has one', () => {
    const { actions } = planDelegate(state({ delegation: told, pod: delegateOf(told, running) }));
    expect(actions).toMatchObject([{ body: { status: { delegate: { node: 'n1' }, conditions: [] } } }]);
  });

  it('is waited for, then withdrawn in the version that had none', () => {
    expect(planDelegate(state({ delegation: told, pod, pendingSince: 990_000 }))).toEqual({
      actions: [],
      reasons: [],
      wakeAfterMs: 20_000,
    });
    const { actions, reasons } = planDelegate(state({ pod, pendingSince: 970_000 }));
    expect(actions).toMatchObject([{ do: 'delete', uid: 'delegate-uid', resourceVersion: '9' }]);
    expect(reasons).toEqual([{ reason: 'DelegateUnschedulable', message: '0/3 nodes' }]);
  });

  it('is refused when it is gone', () => {
    expect(planDelegate(state({ last: pod, withdrawn: '0/3 nodes' })).actions).toMatchObject([
      { do: 'patch', body: { status: { conditions: [{ reason: 'DelegateUnschedulable', message: '0/3 nodes' }] } } },
    ]);
  });
});

describe('report', () => {
  it('writes twice for a pod that runs and ends', () => {
    const of = delegation();
    const first = planDelegate(state({ pod: delegateOf(of, running) }));
    expect(first.actions).toMatchObject([
      { do: 'patch', body: { status: { delegate: { uid: 'delegate-uid', node: 'n1' } } } },
    ]);
    const told = delegation({ status: { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running } });
    const ending = delegateOf(told, status('Running', { terminated: { exitCode: 0 } }));
    expect(planDelegate(state({ delegation: told, pod: ending }))).toMatchObject({ actions: [], wakeAfterMs: 2_000 });
    const last = planDelegate(state({ delegation: told, pod: delegateOf(told, ended(0)) }));
    expect(last.actions).toMatchObject([{ body: { status: { pod: { phase: 'Succeeded' } } } }]);
    const over = delegation({ status: { delegate: { uid: 'delegate-uid' }, pod: ended(0) } });
    expect(planDelegate(state({ delegation: over, pod: delegateOf(over, ended(0)) })).actions).toEqual([]);
  });

  it('tells a waiting reason that lasts', () => {
    const pod = delegateOf(delegation(), waiting('ImagePullBackOff'));
    expect(planDelegate(state({ pod, differsSince: 999_000 })).wakeAfterMs).toBe(1_000);
    expect(planDelegate(state({ pod, differsSince: 998_000 })).actions).toHaveLength(1);
  });
});

describe('a delegate that vanished', () => {
  const told = delegation({ status: { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running } });

  it('ends Failed, its containers with 137', () => {
    const [action] = planDelegate(state({ delegation: told })).actions;
    expect(action).toMatchObject({
      do: 'patch',
      body: {
        status: {
          pod: {
            phase: 'Failed',
            reason: 'DelegateLost',
            containerStatuses: [
              {
                name: 'main',
                ready: false,
                state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
              },
            ],
          },
        },
      },
    });
  });

  it('keeps its own reason and its own end', () => {
    const spec = { containers: [{ name: 'main' }, { name: 'side' }] };
    const at = { at: '2026-01-01T00:00:09Z', message: 'm' };
    const disrupted = {
      ...running,
      conditions: [
        { type: 'DisruptionTarget', status: 'True' as const, reason: 'EvictionByEvictionAPI', message: 'e' },
      ],
    };
    expect(lostStatus(delegateOf(told, disrupted), running, spec, at)).toMatchObject({
      phase: 'Failed',
      reason: 'EvictionByEvictionAPI',
      message: 'e',
    });
    expect(lostStatus(delegateOf(told, ended(3)), running, spec, at)).toEqual(ended(3));
    const unseen = lostStatus(undefined, undefined, spec, at);
    expect(unseen.containerStatuses?.map(({ name, state }) => [name, state?.terminated?.exitCode])).toEqual([
      ['main', 137],
      ['side', 137],
    ]);
  });
});

describe('Gone', () => {
  const gone = delegation({ spec: { desired: 'Gone', gracePeriodSeconds: 5 } });
  const pod = delegateOf(gone, running);

  it('removes the delegate, then the delegation', () => {
    expect(planDelegate(state({ delegation: gone, pod })).actions).toMatchObject([
      { do: 'delete', at: 'home', uid: 'delegate-uid', gracePeriodSeconds: 5 },
    ]);
    expect(planDelegate(state({ delegation: gone })).actions).toEqual([
      {
        do: 'delete',
        at: 'hub',
        resource: 'poddelegations',
        namespace: 'berth-a--b',
        name: gone.metadata.name,
        uid: 'delegation-uid',
      },
    ]);
  });

  it('waits for a delegate that ends, but not longer than the user', () => {
    const deleting = (deletionGracePeriodSeconds: number) => ({
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds },
    });
    expect(planDelegate(state({ delegation: gone, pod: deleting(5) })).actions).toEqual([]);
    expect(planDelegate(state({ delegation: gone, pod: deleting(30) })).actions).toHaveLength(1);
  });

  it('tells how it ended, once, to a proxy that waits for that', () => {
    const over = delegateOf(gone, ended(143));
    const patch = { do: 'patch', at: 'hub', body: { status: { pod: { phase: 'Failed' } } } };
    expect(planDelegate(state({ delegation: gone, last: over })).actions).toMatchObject([
      patch,
      { do: 'delete', at: 'hub' },
    ]);
    const told = { ...gone, status: { pod: ended(143) } };
    expect(planDelegate(state({ delegation: told, last: over })).actions).toMatchObject([{ do: 'delete' }]);
    const nobodyWaits = delegation({ spec: { desired: 'Gone' } });
    expect(planDelegate(state({ delegation: nobodyWaits, last: over })).actions).toMatchObject([{ do: 'delete' }]);
  });

  it('waits for a create that may still take effect', () => {
    expect(planDelegate(state({ delegation: gone, unsureUntil: 1_005_000 }))).toMatchObject({
      actions: [],
      wakeAfterMs: 5_000,
    });
  });

  it('removes a delegate of a refused attempt that came late', () => {
    const late = state({ delegation: delegation({ status: refused }), pod });
    expect(planDelegate(late).actions).toMatchObject([{ do: 'delete', resource: 'pods' }]);
  });
});

describe('Stop', () => {
  it('ends the delegate and tells its end', () => {
    const stop = delegation({
      spec: { desired: 'Stop' },
      status: { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running },
    });
    expect(planDelegate(state({ delegation: stop, pod: delegateOf(stop, running) })).actions).toMatchObject([
      { do: 'delete', resource: 'pods' },
    ]);
    expect(planDelegate(state({ delegation: stop, pod: delegateOf(stop, ended(1)) })).actions).toMatchObject([
      { do: 'patch' },
    ]);
  });
});

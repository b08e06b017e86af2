import { describe, expect, it } from 'vitest';
import type { PodDelegation } from '../../api/index.ts';
import { delegateOf, delegation, ended, running, state } from './delegation.samples.ts';
import { remove, removePod } from './remove.ts';

const gone = (change: Partial<PodDelegation['spec']> = {}) => delegation({ spec: { desired: 'Gone', ...change } });
const { name } = gone().spec.delegate;
const deletePod = { do: 'delete', at: 'home', resource: 'pods', namespace: 'jobs', name, uid: 'delegate-uid' };
const deleteDelegation = {
  do: 'delete',
  at: 'hub',
  resource: 'poddelegations',
  namespace: 'berth-a--b',
  name: gone().metadata.name,
  uid: 'delegation-uid',
};

describe('removePod', () => {
  const pod = delegateOf(gone(), running);
  const deleting = (deletionGracePeriodSeconds?: number) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
  });

  it("asks with the proxy's grace, or with the pod's own if there is none", () => {
    expect(removePod(pod, gone())).toStrictEqual([deletePod]);
    expect(removePod(pod, gone({ gracePeriodSeconds: 0 }))).toStrictEqual([{ ...deletePod, gracePeriodSeconds: 0 }]);
  });

  it.each([
    ['shorter', 5, deleting(6), [{ ...deletePod, gracePeriodSeconds: 5 }]],
    ['the same', 5, deleting(5), []],
    ['longer', 6, deleting(5), []],
    ['any, of a pod that goes without one', 5, deleting(), []],
    ['none', undefined, deleting(5), []],
  ])('asks again only for a shorter grace: %s', (_, gracePeriodSeconds, each, actions) => {
    const of = gone(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
    expect(removePod(each, of)).toStrictEqual(actions);
  });

  it('says no more than is known of the pod', () => {
    const bare = { metadata: { name: 'p' }, spec: { containers: [] } };
    expect(removePod(bare, gone())).toStrictEqual([{ do: 'delete', at: 'home', resource: 'pods', name: 'p', uid: '' }]);
  });
});

describe('remove', () => {
  it('takes the delegate away, then the delegation', () => {
    const pod = delegateOf(gone(), running);
    expect(remove(state({ delegation: gone(), pod }))).toStrictEqual({ actions: [deletePod], reasons: [] });
    expect(remove(state({ delegation: gone() }))).toStrictEqual({ actions: [deleteDelegation], reasons: [] });
  });

  it('says no more than is known of the delegation', () => {
    const bare = { ...gone(), metadata: { name: 'd' } };
    expect(remove(state({ delegation: bare })).actions).toStrictEqual([
      { do: 'delete', at: 'hub', resource: 'poddelegations', name: 'd', uid: '' },
    ]);
  });

  it.each([
    ['ours', { unsureUntil: 1_000_001 }, 1],
    ['an earlier leader', { inheritedUntil: 1_000_500 }, 500],
    ['either, whichever is later', { unsureUntil: 1_000_010, inheritedUntil: 1_000_020 }, 20],
    ['either, in any order', { unsureUntil: 1_000_020, inheritedUntil: 1_000_010 }, 20],
  ])('waits for a create of %s', (_, until, wakeAfterMs) => {
    expect(remove(state({ delegation: gone(), ...until }))).toStrictEqual({ actions: [], reasons: [], wakeAfterMs });
  });

  it('waits no longer than that, and not with a delegate that is there', () => {
    const times = { unsureUntil: 1_000_000, inheritedUntil: 1_000_000 };
    expect(remove(state({ delegation: gone(), ...times })).actions).toStrictEqual([deleteDelegation]);
    const pod = delegateOf(gone(), running);
    expect(remove(state({ delegation: gone(), pod, unsureUntil: 2_000_000 })).actions).toStrictEqual([deletePod]);
  });
});

describe('the end of a delegate that was told to go', () => {
  const waited = gone({ gracePeriodSeconds: 5 });
  const over = delegateOf(waited, ended(143));
  const told = (status: object) => ({
    do: 'patch',
    at: 'hub',
    resource: 'poddelegations',
    namespace: 'berth-a--b',
    name: waited.metadata.name,
    type: 'merge',
    subresource: 'status',
    body: { metadata: { resourceVersion: '5' }, status: { ...status, observedGeneration: 1 } },
  });
  const end = told({ delegate: { uid: 'delegate-uid', node: 'n1' }, pod: ended(143) });

  it('is told to a proxy that waits for it, whether it is still there or not', () => {
    expect(remove(state({ delegation: waited, pod: over })).actions).toStrictEqual([
      end,
      { ...deletePod, gracePeriodSeconds: 5 },
    ]);
    expect(remove(state({ delegation: waited, last: over })).actions).toStrictEqual([end, deleteDelegation]);
  });

  it.each([
    ['nobody waits for it', state({ delegation: gone(), last: over })],
    ['it was told', state({ delegation: { ...waited, status: { pod: ended(0) } }, last: over })],
    ['it was none', state({ delegation: waited, last: delegateOf(waited, running) })],
  ])('is not told if %s', (_, each) => {
    expect(remove(each)).toStrictEqual({ actions: [deleteDelegation], reasons: [] });
  });
});

import { describe, expect, it } from 'vitest';
import { type Pod, type PodDelegation, sourceUser } from '../../api/index.ts';
import { amend } from './amend.ts';
import { delegateOf, delegation, ended, patchOf, running, state, waiting } from './delegation.samples.ts';
import { differs, planDelegate } from './plan.ts';

const delegate = { uid: 'delegate-uid', node: 'n1' };
const AT = '1970-01-01T00:16:40Z';
const nothing = { actions: [], reasons: [] };

const told = (
  status: PodDelegation['status'] = { delegate, pod: running },
  spec: Partial<PodDelegation['spec']> = {},
) => delegation({ spec, ...(status && { status }) });
const deletion = {
  do: 'delete',
  at: 'home',
  resource: 'pods',
  namespace: 'jobs',
  name: delegation().spec.delegate.name,
  uid: 'delegate-uid',
};
const refusal = (reason: string, message: string) =>
  patchOf({ conditions: [{ type: 'Refused', status: 'True', reason, message, lastTransitionTime: AT }] });
const runs = delegateOf(delegation(), running);
const over = delegateOf(delegation(), ended(0));
const unbound = delegateOf(delegation(), waiting('x'), '');
const deleting = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: 't' } });

describe('a delegate that is not there', () => {
  const terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
    finishedAt: AT,
  };
  const container = { name: 'main', image: 'busybox', imageID: '', ready: false, restartCount: 0, started: false };
  const lost = (message: string) => ({
    phase: 'Failed',
    reason: 'DelegateLost',
    message,
    conditions: [],
    containerStatuses: [{ ...container, state: { terminated } }],
  });
  const VANISHED = 'the delegate vanished in the target without a final status';
  const STOPPED = 'stopped before its delegate was created';

  it.each<[string, Parameters<typeof state>[0], string, object]>([
    ['the hub was told of it', { delegation: told({ delegate }) }, VANISHED, {}],
    ['the target remembers it', { hadRun: true }, VANISHED, {}],
    ['it was stopped before it was made', { delegation: told({}, { desired: 'Stop' }) }, STOPPED, {}],
    ['we remember it', { last: { ...runs, status: {} } }, VANISHED, { delegate }],
  ])('has failed if %s', (_, change, message, more) => {
    expect(planDelegate(state(change))).toStrictEqual({
      actions: [patchOf({ ...more, pod: lost(message) })],
      reasons: [{ reason: 'DelegateLost', message }],
    });
  });

  it('has the end, the annotations and the warnings that were last seen of it', () => {
    const annotations = { ...over.metadata.annotations, mine: '1' };
    const last = { ...over, metadata: { ...over.metadata, annotations } };
    const warnings = [{ reason: 'r', message: 'm', at: AT }];
    expect(planDelegate(state({ last, warnings })).actions).toStrictEqual([
      patchOf({ delegate, pod: ended(0), annotations: { mine: '1' }, warnings }),
    ]);
  });

  it('has no containers, if its manifest is none', () => {
    const bad = told({ delegate }, { manifest: '{' });
    expect(planDelegate(state({ delegation: bad })).actions).toStrictEqual([
      patchOf({ pod: { ...lost(VANISHED), containerStatuses: [] } }),
    ]);
  });

  it('is refused if we withdrew it', () => {
    expect(planDelegate(state({ last: unbound, withdrawn: '0/3 nodes' }))).toStrictEqual({
      actions: [refusal('DelegateUnschedulable', '0/3 nodes')],
      reasons: [{ reason: 'DelegateUnschedulable', message: '0/3 nodes' }],
    });
  });

  it('is made if there never was one', () => {
    expect(planDelegate(state({ delegation: told({}) })).actions).toMatchObject([{ do: 'create', resource: 'pods' }]);
  });
});

describe('a delegate that is there', () => {
  const stopping = told(undefined, { desired: 'Stop' });
  const pulling = delegateOf(delegation(), waiting('ErrImagePull'));

  it.each<[string, Parameters<typeof state>[0], object]>([
    ['is reported', { pod: runs }, { actions: [patchOf({ delegate, pod: running })], reasons: [] }],
    ['is not reported twice', { pod: runs, delegation: told() }, nothing],
    ['is reported when it has lasted', { pod: pulling }, { ...nothing, wakeAfterMs: 2_000 }],
    [
      'is reported at the very moment that it has',
      { pod: pulling, differsSince: 998_000 },
      { actions: [patchOf({ delegate, pod: waiting('ErrImagePull') })], reasons: [] },
    ],
    ['waits for a node', { pod: unbound }, { ...nothing, wakeAfterMs: 30_000 }],
    ['is told to stop', { pod: runs, delegation: stopping }, { actions: [deletion], reasons: [] }],
    ['is told to stop, without a node', { pod: unbound, delegation: stopping }, { actions: [deletion], reasons: [] }],
    ['is told to stop only once', { pod: deleting(runs), delegation: stopping }, nothing],
    ['has stopped', { pod: over, delegation: stopping }, { actions: [patchOf({ pod: ended(0) })], reasons: [] }],
    ['goes without a node', { pod: deleting(unbound) }, nothing],
    [
      'ended without a node',
      { pod: delegateOf(delegation(), { phase: 'Failed' }, '') },
      { actions: [patchOf({ delegate: { uid: 'delegate-uid' }, pod: { phase: 'Failed' } })], reasons: [] },
    ],
  ])('%s', (_, change, plan) => {
    expect(planDelegate(state(change))).toStrictEqual(plan);
  });

  it('is both reported and told to stop', () => {
    const unseen = delegation({ spec: { desired: 'Stop' } });
    expect(planDelegate(state({ pod: runs, delegation: unseen }))).toStrictEqual({
      actions: [patchOf({ delegate, pod: running }), deletion],
      reasons: [],
    });
  });

  it('has warnings, and its conditions but that it has no node', () => {
    const warnings = [{ reason: 'r', message: 'm', at: AT }];
    const other = { type: 'Other', status: 'True' as const, reason: 'r', message: 'm' };
    const scheduled = { type: 'Scheduled', status: 'False' as const, reason: 'r', message: 'm' };
    const of = told({ conditions: [other, scheduled] });
    expect(planDelegate(state({ pod: runs, delegation: of, warnings })).actions).toStrictEqual([
      patchOf({ delegate, pod: running, warnings, conditions: [other] }),
    ]);
  });

  it('is amended before anything is told of it', () => {
    const of = told({}, { amendments: [{ of: 'labels', key: 'app', value: 'db' }] });
    const actions = amend(runs, of, undefined);
    expect(actions).toMatchObject([{ as: sourceUser('a') }]);
    expect(planDelegate(state({ pod: runs, delegation: of }))).toStrictEqual({ actions, reasons: [] });
  });
});

describe('what must not run', () => {
  const refused = told({ conditions: [{ type: 'Refused', status: 'True', reason: 'r', message: 'm' }] });
  const done = told({ delegate, pod: ended(0) });
  const late = { ...runs, metadata: { ...runs.metadata, uid: 'late' } };
  const stray = { actions: [{ ...deletion, uid: 'late' }], reasons: [] };
  const misplaced = `spec names source c and target b, which is not what namespace berth-a--b is for`;

  it.each<[string, Parameters<typeof state>[0], object]>([
    ['a stray, whatever else is to be done', { stray: late, delegation: done, last: runs }, stray],
    ['a stray of a delegation that shall go', { stray: late, delegation: told({}, { desired: 'Gone' }) }, stray],
    ['a delegate of a refused attempt', { pod: runs, delegation: refused }, { actions: [deletion], reasons: [] }],
    ['another after the end', { pod: late, delegation: done }, stray],
    ['one after an end of which the hub knows no delegate', { pod: late, delegation: told({ pod: ended(1) }) }, stray],
    ['nothing, after a refusal', { delegation: refused }, nothing],
    ['nothing, after the end', { delegation: done }, nothing],
    ['nothing, while the delegate that ended is there', { pod: over, delegation: done }, nothing],
    [
      'one in the name of another source',
      { pod: runs, delegation: told({}, { source: 'c' }) },
      {
        actions: [refusal('DelegateRefused', misplaced)],
        reasons: [{ reason: 'DelegateRefused', message: misplaced }],
      },
    ],
  ])('%s', (_, change, plan) => {
    expect(planDelegate(state(change))).toStrictEqual(plan);
  });
});

it.each([
  ['of a delegate that it knows', runs, told(), undefined, false],
  ['of one that it does not know', runs, delegation(), undefined, true],
  ['of a warning', runs, told(), [{ reason: 'r', message: 'm', at: AT }], true],
  ['before there is a node', unbound, delegation(), undefined, false],
])('the hub hears news %s', (_, pod, of, warnings, news) => {
  expect(differs(pod, of, { warnings })).toBe(news);
});

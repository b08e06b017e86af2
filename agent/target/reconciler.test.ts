import { describe, expect, it, vi } from 'vitest';
import type { KubeEvent, Pod, PodStatus } from '../../api/index.ts';
import { ApiError, ConnectionError } from '../../kube/index.ts';
import { delegation, ended, manifest, running } from './delegation.samples.ts';
import { setStage } from './reconciler.lab.ts';

/** The delegate as only the API server has it, by its name. */
function hiddenDelegate(status: PodStatus): [string, Pod] {
  const pod = manifest();
  const { name, namespace } = delegation().spec.delegate;
  const labels = { 'delegate.multicluster.admiralty.io/source': 'a' };
  const annotations = { 'delegate.multicluster.admiralty.io/proxy-uid': delegation().spec.pod.uid };
  const metadata = { ...pod.metadata, uid: 'delegate-uid', resourceVersion: '1', name, namespace, labels, annotations };
  return [name, { ...pod, metadata, spec: { ...pod.spec, nodeName: 'n1' }, status }];
}

const stage = setStage();
const { start, settled } = stage;

describe('startTarget', () => {
  it('carries a pod from its delegation to its end and away, in 2 + 2 + 2 writes', async () => {
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.show(running);
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Running'));
    stage.world.show(ended(0));
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
    stage.world.want({ desired: 'Gone' });
    await vi.waitFor(() => expect(stage.world.delegation()).toBeUndefined());
    expect(stage.world.done).toEqual([
      'create pods',
      'patch poddelegations',
      'patch poddelegations',
      'delete pods',
      'delete poddelegations',
    ]);
  });

  it('tells a refusal in the words of the API server, and a name that is taken', async () => {
    const quota = new ApiError(403, { message: 'exceeded quota' });
    stage.world.fail('create pods', quota, quota);
    start();
    stage.world.want({});
    const refusal = () => stage.world.delegation()?.status?.conditions?.[0];
    const told = { reason: 'DelegateRefused', message: 'exceeded quota' };
    await vi.waitFor(() => expect(refusal()).toMatchObject(told), { timeout: 5_000 });
    stage.world.fail('create pods', new ApiError(409, { reason: 'AlreadyExists', message: 'there is one' }));
    stage.world.want({ attempt: 2 }, {});
    await vi.waitFor(() => expect(refusal()).toMatchObject({ reason: 'DelegateNameTaken' }));
    expect(stage.world.done).toEqual(['patch poddelegations', 'patch poddelegations']);
  });

  it('does not believe a refusal that is taken back within a second', async () => {
    stage.world.fail('create pods', new ApiError(403, { message: 'serviceaccount "default" not found' }));
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined(), { timeout: 5_000 });
    expect(stage.world.done).toEqual(['create pods']);
  });

  it('withdraws what finds no node, and says so', async () => {
    start({ noNodeAfterMs: 30 });
    stage.world.want({});
    await vi.waitFor(() =>
      expect(stage.world.delegation()?.status?.conditions?.[0]?.reason).toBe('DelegateUnschedulable'),
    );
    expect(stage.world.done).toEqual(['create pods', 'delete pods', 'patch poddelegations']);
  });

  it('ends what vanished, and makes it never again', async () => {
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.pods.forget(`jobs/${stage.world.delegate()?.metadata.name}`, 'delegate-uid');
    await vi.waitFor(() =>
      expect(stage.world.delegation()?.status?.pod).toMatchObject({ phase: 'Failed', reason: 'DelegateLost' }),
    );
    stage.world.want({ gracePeriodSeconds: 1 });
    await settled();
    expect(stage.world.done).toEqual(['create pods', 'patch poddelegations']);
  });

  it('tells warnings of the target, and that amendments are refused, beside how the delegate fares', async () => {
    stage.world.fail('patch pods', new ApiError(403, { message: 'no such label here' }));
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.show(running);
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Running'));
    stage.world.want({ amendments: [{ of: 'labels', key: 'app', value: 'db' }] });
    const metadata = { name: 'e', namespace: 'jobs', uid: 'e', resourceVersion: '1' };
    const about = { involvedObject: { uid: 'delegate-uid' }, reason: 'Unhealthy', message: 'probe failed' };
    stage.world.events.observe({ metadata, ...about });
    await settled();
    stage.world.show(ended(3));
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Failed'));
    expect(stage.world.delegation()?.status?.warnings?.map(({ reason, message }) => [reason, message])).toEqual([
      ['Unhealthy', 'probe failed'],
      ['AmendmentRefused', 'no such label here'],
    ]);
    expect(stage.world.failuresLeft('patch pods')).toBe(0);
    expect(stage.world.done).toEqual(['create pods', 'patch poddelegations', 'patch poddelegations']);
  });

  it('asks the API server before it believes that a delegate is gone', async () => {
    stage.world.want({}, { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running });
    stage.world.hidden.set(...hiddenDelegate(ended(7)));
    start();
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Failed'));
    expect(stage.world.delegation()?.status?.pod?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(7);
  });

  it('finds what a create made that got no answer, though no event has told of it yet', async () => {
    stage.world.fail('create pods', new ConnectionError('POST', 'ECONNRESET', true, undefined));
    const about = { name: 'e', namespace: 'team', uid: 'e', resourceVersion: '1' };
    stage.world.events.observe({ metadata: about, involvedObject: { uid: 'unknown' }, reason: 'Scheduled' });
    stage.world.hidden.set(...hiddenDelegate(running));
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Running'));
    expect(stage.world.done).toEqual(['patch poddelegations']);
  });

  it('keeps the delegation while a create may still take effect', async () => {
    let now = 0;
    stage.world.fail('create pods', new ConnectionError('POST', 'ECONNRESET', true, undefined));
    start({ now: () => now, random: () => 1 });
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.failuresLeft('create pods')).toBe(0));
    stage.world.want({ desired: 'Gone' });
    await settled();
    expect(stage.world.done).toEqual([]);
    now = 61_000;
    stage.world.want({ desired: 'Gone', gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(stage.world.done).toEqual(['delete poddelegations']));
  });

  it('takes away what a late create made when the delegate had gone, whatever is wanted', async () => {
    start();
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.show(running);
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.delegate?.uid).toBe('delegate-uid'));
    const late = stage.world.delegate();
    if (late === undefined) throw new Error('no delegate');
    stage.world.pods.forget(`${late.metadata.namespace}/${late.metadata.name}`, 'delegate-uid');
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Failed'));
    stage.world.pods.observe({ ...late, metadata: { ...late.metadata, uid: 'late-uid', resourceVersion: '900' } });
    await vi.waitFor(() => expect(stage.world.delegate()).toBeUndefined());
    expect(stage.world.delegation()?.status?.delegate?.uid).toBe('delegate-uid');
  });

  it('makes no second delegate where Events say that there was one before its time', async () => {
    let now = 0;
    const about = { name: 'e', namespace: 'team', uid: 'e', resourceVersion: '1' };
    const scheduled: KubeEvent = { metadata: about, involvedObject: { uid: 'unknown' }, reason: 'Scheduled' };
    stage.world.want({});
    start({ now: () => now });
    await settled();
    stage.world.events.observe(scheduled);
    now = 10_000;
    stage.world.want({ gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.reason).toBe('DelegateLost'));
    expect(stage.world.done).toEqual(['patch poddelegations']);
  });

  it('waits for creates of who led before it, then makes the delegate where nothing says that there was one', async () => {
    let now = 0;
    stage.world.want({});
    start({ now: () => now });
    await settled();
    expect(stage.world.done).toEqual([]);
    now = 10_000;
    stage.world.want({ gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(stage.world.done).toEqual(['create pods']));
  });

  it('keeps a delegation that was there at its start while a create of who led before may still take effect', async () => {
    let now = 0;
    stage.world.want({ desired: 'Gone' });
    start({ now: () => now });
    await settled();
    expect(stage.world.done).toEqual([]);
    now = 10_000;
    stage.world.want({ desired: 'Gone', gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(stage.world.done).toEqual(['delete poddelegations']));
  });

  it('leaves a delegate alone whose delegation is missing, and says so once', async () => {
    let now = 0;
    start({ now: () => now });
    stage.world.want({});
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.delegations.forget(`berth-a--b/${delegation().metadata.name}`, 'delegation-uid');
    await settled();
    now = 60_000;
    for (const restartCount of [1, 2]) stage.world.show({ ...running, message: `${restartCount}` });
    await vi.waitFor(() => expect(stage.world.errors).toHaveLength(1));
    expect(stage.world.done).toEqual(['create pods']);
  });
});

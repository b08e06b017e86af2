import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ARGO, type KubeEvent, type Pod, type PodStatus, type WorkflowTaskResult } from '../../api/index.ts';
import { type ApiClient, ApiError, ConnectionError, type Controller, type Log } from '../../kube/index.ts';
import { delegation, ended, manifest, running, self } from './delegation.samples.ts';
import { startTarget, type TargetOptions } from './reconciler.ts';
import { World } from './world.lab.ts';

const silent = () => undefined;

/** The delegate as only the API server has it, by its name. */
function hiddenDelegate(status: PodStatus): [string, Pod] {
  const pod = manifest();
  const { name, namespace } = delegation().spec.delegate;
  const labels = { 'delegate.multicluster.admiralty.io/source': 'a' };
  const annotations = { 'delegate.multicluster.admiralty.io/proxy-uid': delegation().spec.pod.uid };
  const metadata = { ...pod.metadata, uid: 'delegate-uid', resourceVersion: '1', name, namespace, labels, annotations };
  return [name, { ...pod, metadata, spec: { ...pod.spec, nodeName: 'n1' }, status }];
}

describe('startTarget', () => {
  let world: World;
  let abort: AbortController;
  let controller: Controller;

  function start(change: Partial<TargetOptions> = {}): void {
    const log: Log = { debug: silent, info: silent, warn: silent, error: (_, message) => world.errors.push(message) };
    const get = async (resource: string, name: string) => {
      world.asked.push(resource);
      const object = resource === 'pods' ? world.hidden.get(name) : world.hiddenResult;
      if (object === undefined) throw new ApiError(404, {});
      return object;
    };
    const { pods, delegations, events, results, act, self: own, claims } = world;
    own.observe(self({ sharedNamespaces: ['*'] }));
    pods.markSynced();
    delegations.markSynced();
    const list = async () => ({ items: world.events.by('about', 'unknown') });
    const home = { get, list } as unknown as ApiClient;
    const hub = { get: async () => world.bundle ?? Promise.reject(new ApiError(404, {})) } as unknown as ApiClient;
    const watched = { pods, delegations, events, results, self: own, claims };
    const options = { cluster: 'b', home, hub, ...watched, hasListed: () => true, act, log };
    controller = startTarget({ ...options, now: Date.now, random: () => 0, signal: abort.signal, ...change });
  }

  /** Resolves when nothing is left to do now. */
  const settled = () => vi.waitFor(() => expect(controller.idle()).toBe(true));

  beforeEach(() => {
    world = new World();
    abort = new AbortController();
  });

  afterEach(async () => {
    abort.abort();
    await controller.stopped;
  });

  it('carries a pod from its delegation to its end and away, in 2 + 2 + 2 writes', async () => {
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined());
    world.show(running);
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Running'));
    world.show(ended(0));
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
    world.want({ desired: 'Gone' });
    await vi.waitFor(() => expect(world.delegation()).toBeUndefined());
    expect(world.done).toEqual([
      'create pods',
      'patch poddelegations',
      'patch poddelegations',
      'delete pods',
      'delete poddelegations',
    ]);
  });

  it('tells a refusal in the words of the API server, and a name that is taken', async () => {
    const quota = new ApiError(403, { message: 'exceeded quota' });
    world.fail('create pods', quota, quota);
    start();
    world.want({});
    const refusal = () => world.delegation()?.status?.conditions?.[0];
    const told = { reason: 'DelegateRefused', message: 'exceeded quota' };
    await vi.waitFor(() => expect(refusal()).toMatchObject(told), { timeout: 5_000 });
    world.fail('create pods', new ApiError(409, { reason: 'AlreadyExists', message: 'there is one' }));
    world.want({ attempt: 2 }, {});
    await vi.waitFor(() => expect(refusal()).toMatchObject({ reason: 'DelegateNameTaken' }));
    expect(world.done).toEqual(['patch poddelegations', 'patch poddelegations']);
  });

  it('does not believe a refusal that is taken back within a second', async () => {
    world.fail('create pods', new ApiError(403, { message: 'serviceaccount "default" not found' }));
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined(), { timeout: 5_000 });
    expect(world.done).toEqual(['create pods']);
  });

  it('withdraws what finds no node, and says so', async () => {
    start({ noNodeAfterMs: 30 });
    world.want({});
    await vi.waitFor(() => expect(world.delegation()?.status?.conditions?.[0]?.reason).toBe('DelegateUnschedulable'));
    expect(world.done).toEqual(['create pods', 'delete pods', 'patch poddelegations']);
  });

  it('ends what vanished, and makes it never again', async () => {
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined());
    world.pods.forget(`jobs/${world.delegate()?.metadata.name}`, 'delegate-uid');
    await vi.waitFor(() =>
      expect(world.delegation()?.status?.pod).toMatchObject({ phase: 'Failed', reason: 'DelegateLost' }),
    );
    world.want({ gracePeriodSeconds: 1 });
    await settled();
    expect(world.done).toEqual(['create pods', 'patch poddelegations']);
  });

  describe('with what follows the pod', () => {
    const follow = [{ kind: 'Secret' as const, name: 's3' }];
    const followers = [{ ...follow[0], content: { data: { key: 'eA==' } } }];
    const data = { followers: Buffer.from(JSON.stringify(followers)).toString('base64') };
    const bundle = { metadata: { name: 'bundle' }, data };
    const made = () => world.done.filter((name) => name === 'create secrets').length;

    it('copies it once, as soon as the source has sent it', async () => {
      start();
      world.want({ follow });
      await vi.waitFor(() => expect(world.delegate()).toBeDefined());
      await settled();
      expect(made()).toBe(0);
      world.bundle = bundle;
      await vi.waitFor(() => expect(made()).toBe(1), { timeout: 5_000 });
      world.show(running);
      await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Running'));
      expect(made()).toBe(1);
    });

    it('tells in the words of the API server if it may not, and reports all the same', async () => {
      world.bundle = bundle;
      world.fail('create secrets', new ApiError(403, { message: 'exceeded quota' }));
      start();
      world.want({ follow });
      await vi.waitFor(() => expect(world.delegate()).toBeDefined());
      world.show(running);
      await vi.waitFor(() =>
        expect(world.delegation()?.status?.warnings).toMatchObject([
          { reason: 'CopyRefused', message: 'exceeded quota' },
        ]),
      );
      expect(world.delegation()?.status?.pod?.phase).toBe('Running');
      expect(world.delegate()).toBeDefined();
    });
  });

  describe('of a step of Argo', () => {
    const env = [{ name: 'ARGO_NODE_ID', value: 'wf-1' }];
    const step = manifest({ spec: { containers: [{ name: 'wait', command: ['argoexec', 'wait'], env }] } });
    const wanted = { manifest: JSON.stringify(step) };
    const result = (version: string, completed: string): WorkflowTaskResult => ({
      metadata: {
        ...{ name: `berth.a.${delegation().spec.pod.uid}.1`, namespace: 'jobs', uid: 'r', resourceVersion: version },
        labels: { [ARGO.reported]: completed },
      },
      ...{ outputs: { result: version } },
    });
    const told = () => world.delegation()?.status?.taskResult;

    async function begun(): Promise<void> {
      start();
      world.want(wanted);
      await vi.waitFor(() => expect(world.delegate()).toBeDefined());
      world.results.observe(result('1', 'false'));
      world.show(running);
      await vi.waitFor(() => expect(told()).toEqual({ completed: false, content: { outputs: { result: '1' } } }));
    }

    it('reads what the cache has not shown before it tells the end, and removes it in the end', async () => {
      await begun();
      world.hiddenResult = result('2', 'true');
      world.show(ended(0));
      await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
      expect(told()).toEqual({ completed: true, content: { outputs: { result: '2' } } });
      world.want({ ...wanted, desired: 'Gone' });
      await vi.waitFor(() => expect(world.delegation()).toBeUndefined());
      expect(world.done).toEqual([
        ...['create rolebindings', 'create pods', 'patch poddelegations', 'patch poddelegations', 'delete pods'],
        ...['delete workflowtaskresults', 'delete poddelegations'],
      ]);
    });

    it('asks nobody for what is complete, and of a result that is not there once', async () => {
      await begun();
      world.results.observe(result('3', 'true'));
      world.show(ended(0));
      await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
      expect([told()?.completed, world.asked]).toEqual([true, []]);
    });

    it('ends without what the cluster does not have', async () => {
      start();
      world.want(wanted);
      await vi.waitFor(() => expect(world.delegate()).toBeDefined());
      world.show(ended(0));
      await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
      world.want({ ...wanted, gracePeriodSeconds: 1 });
      await settled();
      expect([told(), world.asked]).toEqual([undefined, ['workflowtaskresults']]);
    });

    it('gives the right to report once', async () => {
      await begun();
      world.pods.forget(`jobs/${world.delegate()?.metadata.name}`, 'delegate-uid');
      await vi.waitFor(() => expect(world.delegation()?.status?.pod?.reason).toBe('DelegateLost'));
      world.want({ ...wanted, desired: 'Gone' });
      await vi.waitFor(() => expect(world.delegation()).toBeUndefined());
      expect(world.done.filter((name) => name === 'create rolebindings')).toHaveLength(1);
    });
  });

  it('tells warnings of the target, and that amendments are refused, beside how the delegate fares', async () => {
    world.fail('patch pods', new ApiError(403, { message: 'no such label here' }));
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined());
    world.show(running);
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Running'));
    world.want({ amendments: [{ of: 'labels', key: 'app', value: 'db' }] });
    const metadata = { name: 'e', namespace: 'jobs', uid: 'e', resourceVersion: '1' };
    const about = { involvedObject: { uid: 'delegate-uid' }, reason: 'Unhealthy', message: 'probe failed' };
    world.events.observe({ metadata, ...about });
    await settled();
    world.show(ended(3));
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Failed'));
    expect(world.delegation()?.status?.warnings?.map(({ reason, message }) => [reason, message])).toEqual([
      ['Unhealthy', 'probe failed'],
      ['AmendmentRefused', 'no such label here'],
    ]);
    expect(world.failuresLeft('patch pods')).toBe(0);
    expect(world.done).toEqual(['create pods', 'patch poddelegations', 'patch poddelegations']);
  });

  it('asks the API server before it believes that a delegate is gone', async () => {
    world.want({}, { delegate: { uid: 'delegate-uid', node: 'n1' }, pod: running });
    world.hidden.set(...hiddenDelegate(ended(7)));
    start();
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Failed'));
    expect(world.delegation()?.status?.pod?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(7);
  });

  it('finds what a create made that got no answer, though no event has told of it yet', async () => {
    world.fail('create pods', new ConnectionError('POST', 'ECONNRESET', true, undefined));
    const about = { name: 'e', namespace: 'team', uid: 'e', resourceVersion: '1' };
    world.events.observe({ metadata: about, involvedObject: { uid: 'unknown' }, reason: 'Scheduled' });
    world.hidden.set(...hiddenDelegate(running));
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Running'));
    expect(world.done).toEqual(['patch poddelegations']);
  });

  it('keeps the delegation while a create may still take effect', async () => {
    let now = 0;
    world.fail('create pods', new ConnectionError('POST', 'ECONNRESET', true, undefined));
    start({ now: () => now, random: () => 1 });
    world.want({});
    await vi.waitFor(() => expect(world.failuresLeft('create pods')).toBe(0));
    world.want({ desired: 'Gone' });
    await settled();
    expect(world.done).toEqual([]);
    now = 61_000;
    world.want({ desired: 'Gone', gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(world.done).toEqual(['delete poddelegations']));
  });

  it('takes away what a late create made when the delegate had gone, whatever is wanted', async () => {
    start();
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined());
    world.show(running);
    await vi.waitFor(() => expect(world.delegation()?.status?.delegate?.uid).toBe('delegate-uid'));
    const late = world.delegate();
    if (late === undefined) throw new Error('no delegate');
    world.pods.forget(`${late.metadata.namespace}/${late.metadata.name}`, 'delegate-uid');
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.phase).toBe('Failed'));
    world.pods.observe({ ...late, metadata: { ...late.metadata, uid: 'late-uid', resourceVersion: '900' } });
    await vi.waitFor(() => expect(world.delegate()).toBeUndefined());
    expect(world.delegation()?.status?.delegate?.uid).toBe('delegate-uid');
  });

  it('makes no second delegate where Events say that there was one before its time', async () => {
    let now = 0;
    const about = { name: 'e', namespace: 'team', uid: 'e', resourceVersion: '1' };
    const scheduled: KubeEvent = { metadata: about, involvedObject: { uid: 'unknown' }, reason: 'Scheduled' };
    world.want({});
    start({ now: () => now });
    await settled();
    world.events.observe(scheduled);
    now = 10_000;
    world.want({ gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(world.delegation()?.status?.pod?.reason).toBe('DelegateLost'));
    expect(world.done).toEqual(['patch poddelegations']);
  });

  it('waits for creates of who led before it, then makes the delegate where nothing says that there was one', async () => {
    let now = 0;
    world.want({});
    start({ now: () => now });
    await settled();
    expect(world.done).toEqual([]);
    now = 10_000;
    world.want({ gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(world.done).toEqual(['create pods']));
  });

  it('keeps a delegation that was there at its start while a create of who led before may still take effect', async () => {
    let now = 0;
    world.want({ desired: 'Gone' });
    start({ now: () => now });
    await settled();
    expect(world.done).toEqual([]);
    now = 10_000;
    world.want({ desired: 'Gone', gracePeriodSeconds: 1 });
    await vi.waitFor(() => expect(world.done).toEqual(['delete poddelegations']));
  });

  it('leaves a delegate alone whose delegation is missing, and says so once', async () => {
    let now = 0;
    start({ now: () => now });
    world.want({});
    await vi.waitFor(() => expect(world.delegate()).toBeDefined());
    world.delegations.forget(`berth-a--b/${delegation().metadata.name}`, 'delegation-uid');
    await settled();
    now = 60_000;
    for (const restartCount of [1, 2]) world.show({ ...running, message: `${restartCount}` });
    await vi.waitFor(() => expect(world.errors).toHaveLength(1));
    expect(world.done).toEqual(['create pods']);
  });
});

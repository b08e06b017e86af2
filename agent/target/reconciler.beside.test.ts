/** What the reconciler does beside the delegate itself: copies of what it refers to, results of Argo steps. */
import { describe, expect, it, vi } from 'vitest';
import { ARGO, type WorkflowTaskResult } from '../../api/index.ts';
import { ApiError } from '../../kube/index.ts';
import { delegation, ended, manifest, running } from './delegation.samples.ts';
import { setStage } from './reconciler.lab.ts';

const stage = setStage();
const { start, settled } = stage;

describe('with what follows the pod', () => {
  const follow = [{ kind: 'Secret' as const, name: 's3' }];
  const followers = [{ ...follow[0], content: { data: { key: 'eA==' } } }];
  const data = { followers: Buffer.from(JSON.stringify(followers)).toString('base64') };
  const bundle = { metadata: { name: 'bundle' }, data };
  const made = () => stage.world.done.filter((name) => name === 'create secrets').length;

  it('copies it once, as soon as the source has sent it', async () => {
    start();
    stage.world.want({ follow });
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    await settled();
    expect(made()).toBe(0);
    stage.world.bundle = bundle;
    await vi.waitFor(() => expect(made()).toBe(1), { timeout: 5_000 });
    stage.world.show(running);
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Running'));
    expect(made()).toBe(1);
  });

  it('tells in the words of the API server if it may not, and reports all the same', async () => {
    stage.world.bundle = bundle;
    stage.world.fail('create secrets', new ApiError(403, { message: 'exceeded quota' }));
    start();
    stage.world.want({ follow });
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.show(running);
    await vi.waitFor(() =>
      expect(stage.world.delegation()?.status?.warnings).toMatchObject([
        { reason: 'CopyRefused', message: 'exceeded quota' },
      ]),
    );
    expect(stage.world.delegation()?.status?.pod?.phase).toBe('Running');
    expect(stage.world.delegate()).toBeDefined();
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
  const told = () => stage.world.delegation()?.status?.taskResult;

  async function begun(): Promise<void> {
    start();
    stage.world.want(wanted);
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.results.observe(result('1', 'false'));
    stage.world.show(running);
    await vi.waitFor(() => expect(told()).toEqual({ completed: false, content: { outputs: { result: '1' } } }));
  }

  it('reads what the cache has not shown before it tells the end, and removes it in the end', async () => {
    await begun();
    stage.world.hiddenResult = result('2', 'true');
    stage.world.show(ended(0));
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
    expect(told()).toEqual({ completed: true, content: { outputs: { result: '2' } } });
    stage.world.want({ ...wanted, desired: 'Gone' });
    await vi.waitFor(() => expect(stage.world.delegation()).toBeUndefined());
    expect(stage.world.done).toEqual([
      ...['create rolebindings', 'create pods', 'patch poddelegations', 'patch poddelegations', 'delete pods'],
      ...['delete workflowtaskresults', 'delete poddelegations'],
    ]);
  });

  it('asks nobody for what is complete, and of a result that is not there once', async () => {
    await begun();
    stage.world.results.observe(result('3', 'true'));
    stage.world.show(ended(0));
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
    expect([told()?.completed, stage.world.asked]).toEqual([true, []]);
  });

  it('ends without what the cluster does not have', async () => {
    start();
    stage.world.want(wanted);
    await vi.waitFor(() => expect(stage.world.delegate()).toBeDefined());
    stage.world.show(ended(0));
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.phase).toBe('Succeeded'));
    stage.world.want({ ...wanted, gracePeriodSeconds: 1 });
    await settled();
    expect([told(), stage.world.asked]).toEqual([undefined, ['workflowtaskresults']]);
  });

  it('removes what was still written when nobody waited for it any more, a minute later', async () => {
    let now = 0;
    start({ now: () => now });
    stage.world.results.observe(result('1', 'false'));
    await settled();
    now = 59_999;
    stage.world.results.observe(result('2', 'false'));
    await settled();
    expect(stage.world.done).toEqual([]);
    now = 60_000;
    stage.world.results.observe(result('3', 'true'));
    await vi.waitFor(() => expect(stage.world.done).toEqual(['delete workflowtaskresults']));
  });

  it('gives the right to report once', async () => {
    await begun();
    stage.world.pods.forget(`jobs/${stage.world.delegate()?.metadata.name}`, 'delegate-uid');
    await vi.waitFor(() => expect(stage.world.delegation()?.status?.pod?.reason).toBe('DelegateLost'));
    stage.world.want({ ...wanted, desired: 'Gone' });
    await vi.waitFor(() => expect(stage.world.delegation()).toBeUndefined());
    expect(stage.world.done.filter((name) => name === 'create rolebindings')).toHaveLength(1);
  });
});

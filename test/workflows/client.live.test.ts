/** What users do with `argo` besides submitting, while steps run in the other cluster. */
import { describe } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
import { eventually, forgotten, podsIn } from '../journeys/steps.ts';
import { podsOf } from './seen.ts';
import { container, inputs, said, steps } from './templates.ts';
import { AWAY, away, endOf, nodesOf, submitSpec, test, untilNode, workflowOf } from './workflow.ts';

const HOST = 'berth-cluster2';

/** A step that ends well, then one that ends as the workflow's parameter says. */
const GOOD_THEN = {
  entrypoint: 'both',
  arguments: { parameters: [{ name: 'code', value: '3' }] },
  podMetadata: AWAY,
  templates: [
    steps('both', [{ name: 'good', template: 'good' }], [{ name: 'then', template: 'then' }]),
    container('good', 'echo good'),
    container('then', 'exit {{workflow.parameters.code}}'),
  ],
};

const VALUE = { outputs: said('/tmp/value') };
const PASSED = { arguments: { parameters: [{ name: 'message', value: '{{steps.make.outputs.parameters.value}}' }] } };
const MAKE_THEN_SAY = [
  steps('both', [{ name: 'make', template: 'make' }], [{ name: 'say', template: 'say', ...PASSED }]),
  container('make', 'echo 42 > /tmp/value', VALUE),
  container('say', 'test "{{inputs.parameters.message}}" = 42', inputs('message')),
];

describe.concurrent('argo', () => {
  test('retry: what failed runs again under its name, what went well does not', async ({ begun, client, expect }) => {
    await submitSpec(begun, 'flaky', GOOD_THEN);
    const failed = await endOf(begun, 'flaky');
    expect(failed.status?.phase).toBe('Failed');
    const before = await podsIn(begun, begun.source);
    await client(begun, 'retry', 'flaky', '-p', 'code=0');
    const ended = await endOf(begun, 'flaky');
    expect([ended.status?.phase, ended.status?.message]).toEqual(['Succeeded', undefined]);
    const after = await podsIn(begun, begun.source);
    const names = (pods: typeof after) => pods.map(({ metadata }) => metadata.name).sort();
    expect(names(after)).toEqual(names(before));
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    expect(after.filter(({ metadata }) => uids.has(metadata.uid))).toHaveLength(1);
    expect(podsOf(ended).map(({ hostNodeName, phase }) => [hostNodeName, phase])).toEqual([
      [HOST, 'Succeeded'],
      [HOST, 'Succeeded'],
    ]);
  });

  test('submit: a step is tried again off the host where it failed', async ({ begun, expect }) => {
    const retryStrategy = { limit: '1', affinity: { nodeAntiAffinity: {} } };
    const elected = { metadata: { annotations: { [ANNOTATION.elect]: '' } }, retryStrategy };
    const templates = [container('moves', 'test {{retries}} = 1', elected)];
    await submitSpec(begun, 'moves', { entrypoint: 'moves', templates });
    const ended = await endOf(begun, 'moves');
    expect(ended.status?.phase).toBe('Succeeded');
    const hosts = podsOf(ended).map(({ hostNodeName }) => hostNodeName);
    expect(hosts.sort()).toEqual(['berth-cluster1', HOST]);
  });

  test('resubmit: all of it runs again', async ({ begun, client, expect }) => {
    await submitSpec(begun, 'twice', GOOD_THEN);
    await endOf(begun, 'twice');
    const again = (await client(begun, 'resubmit', 'twice', '-p', 'code=0', '-o', 'name')).trim();
    const ended = await endOf(begun, again.replace(/^.*\//, ''));
    expect(ended.status?.phase).toBe('Succeeded');
    expect(podsOf(ended).map(({ hostNodeName }) => hostNodeName)).toEqual([HOST, HOST]);
  });

  test('resume: a workflow goes on where its template suspends it', async ({ begun, client, expect }) => {
    const templates = [
      steps('all', [{ name: 'approve', template: 'approve' }], [{ name: 'after', template: 'after' }]),
      { name: 'approve', suspend: {} },
      away('after', 'echo after'),
    ];
    await submitSpec(begun, 'suspends', { entrypoint: 'all', templates });
    await untilNode(begun, 'suspends', 'approve', 'Running');
    await client(begun, 'resume', 'suspends');
    const ended = await endOf(begun, 'suspends');
    expect([ended.status?.phase, nodesOf(ended)['after']?.hostNodeName]).toEqual(['Succeeded', HOST]);
  });

  test('suspend: what runs runs to its end, the next waits for resume', async ({ begun, client, expect }) => {
    const templates = [
      steps('all', [{ name: 'first', template: 'first' }], [{ name: 'next', template: 'next' }]),
      away('first', 'sleep 4'),
      away('next', 'echo next'),
    ];
    await submitSpec(begun, 'paused', { entrypoint: 'all', templates });
    await untilNode(begun, 'paused', 'first', 'Running');
    await client(begun, 'suspend', 'paused');
    await untilNode(begun, 'paused', 'first', 'Succeeded');
    expect(nodesOf(await workflowOf(begun, 'paused'))['next']).toBeUndefined();
    await client(begun, 'resume', 'paused');
    expect((await endOf(begun, 'paused')).status?.phase).toBe('Succeeded');
  });

  test.for(['OnPodCompletion', 'OnPodSuccess', 'OnWorkflowCompletion', 'OnWorkflowSuccess'])(
    'podGC %s: outputs are passed on, and no pod is left',
    async (strategy, { begun, expect }) => {
      const podGC = { strategy, deleteDelayDuration: '0s' };
      await submitSpec(begun, 'gone', { entrypoint: 'both', podMetadata: AWAY, templates: MAKE_THEN_SAY, podGC });
      const ended = await endOf(begun, 'gone');
      expect([ended.status?.phase, ended.status?.message]).toEqual(['Succeeded', undefined]);
      await eventually('no proxy is left', async () =>
        (await podsIn(begun, begun.source)).length === 0 ? true : undefined,
      );
      await forgotten(begun);
      expect(await podsIn(begun, begun.target)).toEqual([]);
    },
  );

  test('get: a step whose image is nowhere says so', async ({ begun, client, expect }) => {
    const nowhere = { image: 'nowhere.invalid/image:1', command: ['true'] };
    const templates = [{ name: 'lost', metadata: AWAY, container: nowhere }];
    await submitSpec(begun, 'lost', { entrypoint: 'lost', templates });
    await eventually('the step says what it waits for', async () => {
      const told = nodesOf(await workflowOf(begun, 'lost'))['lost'];
      if (told?.phase === 'Pending' && told.message?.includes('ImagePull')) return true;
      throw new Error(`it says ${JSON.stringify(told)}`);
    });
    expect(await client(begun, 'get', 'lost')).toContain('ImagePull');
    await client(begun, 'terminate', 'lost');
    expect((await endOf(begun, 'lost')).status?.phase).toBe('Failed');
    await forgotten(begun);
  });

  test('delete: nothing is left in either cluster', async ({ begun, client, expect }) => {
    const templates = [
      steps(
        'both',
        [1, 2, 3].map((i) => ({ name: `s${i}`, template: 'long' })),
      ),
      away('long', 'sleep 999'),
    ];
    await submitSpec(begun, 'deleted', { entrypoint: 'both', templates });
    await eventually('a step runs', async () =>
      (await podsIn(begun, begun.target)).some(({ status }) => status?.phase === 'Running') ? true : undefined,
    );
    await client(begun, 'delete', 'deleted');
    await forgotten(begun);
    for (const site of [begun.source, begun.target]) {
      await eventually(`no pod is left in ${site.name}`, async () =>
        (await podsIn(begun, site)).length === 0 ? true : undefined,
      );
      const { items } = await site.api.list('workflowtaskresults', { namespace: begun.namespace });
      expect(items).toEqual([]);
    }
  });
});

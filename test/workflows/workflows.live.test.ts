import { describe } from 'vitest';
import { isTerminal } from '../../api/index.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, forgotten, podsIn } from '../journeys/steps.ts';
import { away, endOf, nodesOf, stop, submit, test, type Workflow, workflowOf } from './workflow.ts';

const parameter = (value: string) => ({ arguments: { parameters: [{ name: 'answer', value }] } });
const take = away('take', 'echo "{{inputs.parameters.answer}}"; test "{{inputs.parameters.answer}}" = 42', {
  inputs: { parameters: [{ name: 'answer' }] },
});

describe.concurrent('a workflow whose steps run in the other cluster', () => {
  test('passes parameters from step to step', async ({ begun: journey, expect }) => {
    const outputs = { parameters: [{ name: 'answer', valueFrom: { path: '/tmp/answer' } }] };
    const given = parameter('{{steps.make.outputs.parameters.answer}}');
    const steps = [[{ name: 'make', template: 'make' }], [{ name: 'take', template: 'take', ...given }]];
    await submit(journey, 'pass', [{ name: 'pass', steps }, away('make', 'echo 42 > /tmp/answer', { outputs }), take]);
    const ended = await endOf(journey, 'pass');
    expect([ended.status?.phase, ended.status?.message]).toEqual(['Succeeded', undefined]);
    expect(nodesOf(ended)['make']?.outputs?.parameters).toMatchObject([{ name: 'answer', value: '42' }]);
    expect(nodesOf(ended)['make']?.hostNodeName).toBe('berth-cluster2');
  });

  test('passes what a step prints', async ({ begun: journey, expect }) => {
    const given = parameter('{{steps.make.outputs.result}}');
    const steps = [[{ name: 'make', template: 'make' }], [{ name: 'take', template: 'take', ...given }]];
    await submit(journey, 'print', [{ name: 'print', steps }, away('make', 'echo 42'), take]);
    const ended = await endOf(journey, 'print');
    expect(ended.status?.phase).toBe('Succeeded');
    expect(nodesOf(ended)['make']?.outputs).toMatchObject({ result: '42', exitCode: '0' });
  });

  test('fails as its step fails, with the exit code', async ({ begun: journey, expect }) => {
    await submit(journey, 'fails', [away('fails', 'exit 3')]);
    const ended = await endOf(journey, 'fails');
    expect(ended.status).toMatchObject({ phase: 'Failed', message: expect.stringContaining('exit code 3') });
    expect(nodesOf(ended)['fails']?.outputs?.exitCode).toBe('3');
  });

  test('tries a step again', async ({ begun: journey, expect }) => {
    const retryStrategy = { limit: '2', retryPolicy: 'OnFailure', expression: 'asInt(lastRetry.exitCode) == 3' };
    await submit(journey, 'again', [away('again', 'exit $((3 - {{retries}}))', { retryStrategy })]);
    const ended = await endOf(journey, 'again');
    const codes = Object.entries(nodesOf(ended)).flatMap(([name, { outputs }]) =>
      outputs?.exitCode === undefined || !name.includes('(') ? [] : [outputs.exitCode],
    );
    expect([ended.status?.phase, codes.sort()]).toEqual(['Failed', ['2', '3']]);
  });

  test.for(['Stop', 'Terminate'] as const)('ends its step by signal: %s', async (how, { begun: journey, expect }) => {
    const outputs = { parameters: [{ name: 'last', valueFrom: { path: '/tmp/last' } }] };
    const script = "trap 'echo 7 > /tmp/last; exit 9' TERM; while :; do sleep 0.2; done";
    await submit(journey, 'stops', [away('stops', script, { outputs })]);
    await eventually('the step runs', async () => {
      const phase = nodesOf(await workflowOf(journey, 'stops'))['stops']?.phase;
      return phase === 'Running' ? true : undefined;
    });
    await stop(journey, 'stops', how);
    const ended = await endOf(journey, 'stops');
    expect(ended.status).toMatchObject({ phase: 'Failed', message: expect.stringContaining(`strategy '${how}'`) });
    await eventually('no delegate runs', async () => {
      const pods = await podsIn(journey, journey.target);
      return pods.every(({ status }) => isTerminal(status)) ? true : undefined;
    });
  });

  test('takes all of its pods along when it is deleted', async ({ begun: journey, expect }) => {
    await submit(journey, 'deleted', [away('deleted', 'sleep 1000')]);
    await eventually('the step runs', async () =>
      (await podsIn(journey, journey.target)).length > 0 ? true : undefined,
    );
    await journey.source.kubectl(['delete', 'workflow', 'deleted', '-n', journey.namespace]);
    await forgotten(journey);
    expect(await podsIn(journey, journey.target)).toEqual([]);
  });

  test('runs ten steps side by side', async ({ begun: journey, expect }) => {
    const withItems = Array.from({ length: 10 }, (_, i) => i);
    const steps = [
      [{ name: 'many', template: 'one', withItems, arguments: { parameters: [{ name: 'i', value: '{{item}}' }] } }],
    ];
    const one = away('one', 'echo {{inputs.parameters.i}}', { inputs: { parameters: [{ name: 'i' }] } });
    await submit(journey, 'many', [{ name: 'many', steps }, one]);
    const ended = await endOf(journey, 'many');
    expect(ended.status?.phase).toBe('Succeeded');
    const pods = Object.values(nodesOf(ended)).filter(({ hostNodeName }) => hostNodeName === 'berth-cluster2');
    expect(pods.map(({ phase }) => phase)).toEqual(withItems.map(() => 'Succeeded'));
  });
});

/** That many steps side by side, each of which prints its number after some seconds. */
async function submitMany(journey: Journey, name: string, count: number, seconds: number): Promise<void> {
  const withItems = Array.from({ length: count }, (_, i) => i);
  const given = { arguments: { parameters: [{ name: 'i', value: '{{item}}' }] } };
  const outputs = { parameters: [{ name: 'i', valueFrom: { path: '/tmp/i' } }] };
  const one = away('one', `sleep ${seconds}; echo {{inputs.parameters.i}} | tee /tmp/i`, {
    inputs: { parameters: [{ name: 'i' }] },
    outputs,
  });
  await submit(journey, name, [{ name, steps: [[{ name: 'each', template: 'one', withItems, ...given }]] }, one]);
}

const printed = (workflow: Workflow): string[] =>
  Object.values(nodesOf(workflow)).flatMap(({ type, outputs }) =>
    type === 'Pod' ? (outputs?.parameters?.map(({ value }) => value) ?? ['none']) : [],
  );

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i)).sort();

describe('many steps', () => {
  test('end right when the controller is restarted while they run', async ({ begun: journey, restart, expect }) => {
    await submitMany(journey, 'restarted', 20, 10);
    await eventually('steps run', async () => {
      const nodes = Object.values(nodesOf(await workflowOf(journey, 'restarted')));
      return nodes.some(({ type, phase }) => type === 'Pod' && phase === 'Running') ? true : undefined;
    });
    await restart();
    const ended = await endOf(journey, 'restarted', 240_000);
    expect([ended.status?.phase, printed(ended).sort()]).toEqual(['Succeeded', numbers(20)]);
  });

  test('have every output right, and leave no result', { timeout: 900_000 }, async ({ begun: journey, expect }) => {
    await submitMany(journey, 'many', 200, 0);
    const ended = await endOf(journey, 'many', 800_000);
    expect([ended.status?.phase, printed(ended).sort()]).toEqual(['Succeeded', numbers(200)]);
    await journey.source.kubectl(['delete', 'workflow', 'many', '-n', journey.namespace]);
    await forgotten(journey, 120_000);
    for (const site of [journey.source, journey.target]) {
      const { items } = await site.api.list('workflowtaskresults', { namespace: journey.namespace });
      expect(items).toEqual([]);
    }
  });
});

import { describe } from 'vitest';
import { away, endOf, nodesOf, submit, test } from './workflow.ts';

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

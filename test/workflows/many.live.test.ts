/** Workflows of many steps that run in the other cluster. */
import { describe } from 'vitest';
import { classify, isOurs, writeTable } from '../bench/writes.ts';
import { readWrites, type Write } from '../cluster/audit.ts';
import { auditLogFile } from '../cluster/control-plane.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, forgotten } from '../journeys/steps.ts';
import { said } from './templates.ts';
import { away, endOf, nodesOf, submit, test, type Workflow, workflowOf } from './workflow.ts';

/** That many steps side by side, each of which prints its number after some seconds. */
async function submitMany(
  journey: Journey,
  name: string,
  count: number,
  seconds: number,
  more: object = { outputs: said('/tmp/i') },
): Promise<void> {
  const withItems = Array.from({ length: count }, (_, i) => i);
  const given = { arguments: { parameters: [{ name: 'i', value: '{{item}}' }] } };
  const one = away('one', `sleep ${seconds}; echo {{inputs.parameters.i}} | tee /tmp/i`, {
    inputs: { parameters: [{ name: 'i' }] },
    ...more,
  });
  await submit(journey, name, [{ name, steps: [[{ name: 'each', template: 'one', withItems, ...given }]] }, one]);
}

/** Writes while a workflow runs and goes: Berth's for pods, and everybody's of results. */
async function costOf(journey: Journey, name: string, live: () => Promise<void>): Promise<Write[]> {
  const since = Date.now();
  await live();
  await journey.source.kubectl(['delete', 'workflow', name, '-n', journey.namespace]);
  await forgotten(journey, 120_000);
  const folders = [...new Set([journey.source, journey.target, journey.hub].map(({ folder }) => folder))];
  const writes = (await Promise.all(folders.map((folder) => readWrites(auditLogFile(folder), { since })))).flat();
  const { forPods, failed } = classify(writes, since, Number.POSITIVE_INFINITY);
  const results = writes.filter((write) => !isOurs(write) && write.resource === 'workflowtaskresults.argoproj.io');
  return [...forPods, ...failed, ...results];
}

const tableOf = (writes: Write[]): string =>
  writeTable(writes, 200)
    .map((cells) => cells.join('  '))
    .join('\n');

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

  test('have every output right, and leave no result', { timeout: 2_000_000 }, async ({
    begun: journey,
    expect,
    annotate,
  }) => {
    // As many, so that as many wait: what is told meanwhile is written, too.
    const silent = await costOf(journey, 'silent', async () => {
      await submitMany(journey, 'silent', 200, 0, {});
      expect((await endOf(journey, 'silent', 800_000)).status?.phase).toBe('Succeeded');
    });
    const many = await costOf(journey, 'many', async () => {
      await submitMany(journey, 'many', 200, 0);
      const ended = await endOf(journey, 'many', 800_000);
      expect([ended.status?.phase, printed(ended).sort()]).toEqual(['Succeeded', numbers(200)]);
    });
    for (const site of [journey.source, journey.target]) {
      const { items } = await site.api.list('workflowtaskresults', { namespace: journey.namespace });
      expect(items).toEqual([]);
    }
    for (const [what, writes] of Object.entries({ with: many, without: silent }))
      await annotate(`writes per pod ${what} outputs: ${writes.length / 200}\n${tableOf(writes)}`);
    expect((many.length - silent.length) / 200).toBeLessThanOrEqual(8);
  });
});

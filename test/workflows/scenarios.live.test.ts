/** The two scenarios that Berth is measured by, as workflows. */
import { describe } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
import { median } from '../bench/statistics.ts';
import type { Journey } from '../journeys/fleet.ts';
import { podsOf } from './seen.ts';
import { giveSlots, ONE_SLOT } from './slots.ts';
import { call, container, dag } from './templates.ts';
import { AWAY, endOf, letReport, nodesOf, submitSpec, testUnder, type Workflow } from './workflow.ts';

/** By default it looks at a workflow every 10 s only, and what is timed here would end in steps of that. */
const test = testUnder({ DEFAULT_REQUEUE_TIME: '1s' });

const ELECTED = { annotations: { [ANNOTATION.elect]: '' } };
const RUNS = 5;
const HOME = 3;
const OTHER = 4;
const LIMIT_MS = 180_000;

/** Ten steps of ten seconds side by side, each of which takes a slot. */
const TEN = {
  entrypoint: 'all',
  templates: [
    { name: 'all', steps: [[{ name: 'one', template: 'one', withSequence: { count: '10' } }]] },
    { name: 'one', container: { image: 'busybox:1.36', command: ['sleep', '10'], resources: ONE_SLOT } },
  ],
};

async function timed(journey: Journey, name: string, spec: object): Promise<{ ended: Workflow; seconds: number }> {
  const since = performance.now();
  await submitSpec(journey, name, spec);
  const ended = await endOf(journey, name, LIMIT_MS);
  return { ended, seconds: (performance.now() - since) / 1000 };
}

// One after the other: here seconds count.
describe('scenarios', () => {
  const timeout = 2 * RUNS * LIMIT_MS;
  test('A: two clusters are as good as one as large as both', { timeout }, async ({ begun, annotate, expect }) => {
    const { source, target, hub } = begun;
    await letReport(begun);
    const seconds: { one: number[]; two: number[] } = { one: [], two: [] };
    for (let run = 1; run <= RUNS; run++) {
      await giveSlots(source, HOME + OTHER, hub);
      const one = await timed(begun, `one-${run}`, TEN);
      await giveSlots(source, HOME, hub);
      await giveSlots(target, OTHER, hub);
      const two = await timed(begun, `two-${run}`, { ...TEN, podMetadata: ELECTED });
      expect([one.ended.status?.phase, two.ended.status?.phase]).toEqual(['Succeeded', 'Succeeded']);
      const places = new Set(podsOf(two.ended).map(({ hostNodeName }) => hostNodeName));
      expect(places).toEqual(new Set(['berth-cluster1', 'berth-cluster2']));
      seconds.one.push(one.seconds);
      seconds.two.push(two.seconds);
    }
    const [one, two] = [median(seconds.one), median(seconds.two)];
    const told = Object.entries(seconds).map(([name, each]) => `${name}: ${each.map((s) => s.toFixed(1)).join(' ')}`);
    await annotate(`one cluster ${one.toFixed(1)} s, two ${two.toFixed(1)} s (${told.join('; ')})`);
    expect(two).toBeLessThanOrEqual(Math.max(1.05 * one, one + 1.5));
  });

  test('B: a pinned step runs where it is pinned, the others at home as plain pods', async ({ begun, expect }) => {
    await letReport(begun);
    const tasks = [call('a', 'plain'), call('b', 'pinned'), { ...call('c', 'plain'), dependencies: ['a', 'b'] }];
    const script = 'sleep 5';
    const pinned = container('pinned', script, { metadata: AWAY });
    const templates = [dag('abc', ...tasks), container('plain', script), pinned];
    await submitSpec(begun, 'abc', { entrypoint: 'abc', templates });
    const ended = await endOf(begun, 'abc');
    expect(ended.status?.phase).toBe('Succeeded');
    const { a, b, c } = nodesOf(ended);
    expect(b?.hostNodeName).toBe('berth-cluster2');
    // The real node of home: a plain pod, not a proxy that came back.
    for (const plain of [a, c]) expect(plain?.hostNodeName).not.toMatch(/^berth-/);
  });
});

/** `argo stop` and `argo terminate` while a step runs in the other cluster, against the same at home. */
import { describe } from 'vitest';
import { isTerminal, type Pod } from '../../api/index.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, forgotten, podsIn } from '../journeys/steps.ts';
import { podsOf, seen } from './seen.ts';
import { container, said } from './templates.ts';
import { AWAY, endOf, letReport, submitSpec, test, untilNode, type Workflow } from './workflow.ts';

/** What a delegate may take: the grace of one that has to be killed, and 2 s. */
const MOST_MS = 6_000;

const CASES = {
  // Its long grace kills nobody in time.
  'heeds the signal': {
    grace: 30,
    script: "trap 'echo told; sleep 0.3; echo last words; exit 9' TERM; while :; do sleep 0.2; done",
  },
  'ignores the signal': { grace: 4, script: "trap '' TERM; while :; do sleep 0.2; done" },
};

const specOf = ({ grace, script }: { grace: number; script: string }, more: object = {}) => ({
  entrypoint: 'long',
  podSpecPatch: `{"terminationGracePeriodSeconds": ${grace}}`,
  templates: [container('long', script, { outputs: said('/tmp/value') })],
  ...more,
});

/** What ended by itself stays as long as its proxy, to be read. */
const hasEnded = (pods: Pod[]) => pods.every(({ status }) => isTerminal(status)) || undefined;

/** Milliseconds until no delegate runs any more. */
async function untilEnded(journey: Journey): Promise<number> {
  const since = performance.now();
  await eventually('the delegate has ended', async () => hasEnded(await podsIn(journey, journey.target)));
  return performance.now() - since;
}

const SAID = ['told', 'last words'];

/** What the script of a workflow's one step wrote, told once or, as Argo does at times, twice; others speak there, too. */
async function wordsOf({ source, namespace }: Journey, name: string): Promise<string[]> {
  const said = await source.kubectl(['logs', name, '-n', namespace, '-c', 'main']);
  return [...new Set(said.split('\n'))].filter((line) => SAID.includes(line));
}

const cases = (['stop', 'terminate'] as const).flatMap((how) =>
  Object.entries(CASES).map(([what, step]) => ({ how, what, ...step })),
);

/**
 * The rest is chance at home: whether Argo sees how main ended before it calls the workflow done, which it does when the
 * executor has reported. What ignores SIGTERM even goes on there: no signal from within a container kills its process 1.
 */
function certain(workflow: Workflow) {
  const { phase, message, progress } = seen(workflow);
  return { phase, message, progress, phases: podsOf(workflow).map((node) => node.phase) };
}

// One at a time: here seconds count.
describe('a running step', () => {
  test.for(cases)(
    'ends at argo $how: $what',
    async ({ how, what, ...step }, { begun: journey, client, expect, annotate }) => {
      await letReport(journey);
      await submitSpec(journey, 'home', specOf(step));
      await submitSpec(journey, 'away', specOf(step, { podMetadata: AWAY }));
      for (const name of ['home', 'away']) await untilNode(journey, name, name, 'Running');
      const runs = async () =>
        (await podsIn(journey, journey.target)).some(({ status }) => status?.phase === 'Running');
      await eventually('the delegate runs', async () => (await runs()) || undefined);

      await client(journey, how, 'home', 'away');
      // It is signalled when the controller has looked.
      await untilNode(journey, 'away', 'away', 'Failed');
      const took = await untilEnded(journey);
      await annotate(`delegate ended after ${(took / 1000).toFixed(1)} s, grace ${step.grace} s`);
      expect(took).toBeLessThanOrEqual(MOST_MS);
      const [home, away] = [await endOf(journey, 'home'), await endOf(journey, 'away')];
      expect(certain(away)).toEqual(certain(home));
      if (what === 'heeds the signal') {
        // By itself: nobody deletes it before its proxy goes.
        const delegates = await podsIn(journey, journey.target);
        expect(delegates.map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined]);
        const words = [await wordsOf(journey, 'home'), await wordsOf(journey, 'away')];
        expect(words).toEqual([SAID, SAID]);
      }

      await client(journey, 'delete', 'home', 'away');
      await forgotten(journey);
    },
  );
});

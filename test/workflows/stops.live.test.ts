/** `argo stop` and `argo terminate` while a step runs in the other cluster, against the same at home. */
import { describe } from 'vitest';
import { isTerminal, type Pod } from '../../api/index.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, forgotten, podsIn } from '../journeys/steps.ts';
import { podsOf, seen } from './seen.ts';
import { container, said } from './templates.ts';
import { AWAY, endOf, letReport, submitSpec, test, untilNode, type Workflow } from './workflow.ts';

const GRACE = 4;
/** What a delegate may take beyond its grace. */
const MORE_MS = 2000;

const SCRIPTS = {
  'heeds the signal': "trap 'echo told; sleep 1; echo last words; exit 9' TERM; while :; do sleep 0.2; done",
  'ignores the signal': "trap '' TERM; while :; do sleep 0.2; done",
};

const specOf = (script: string, more: object = {}) => ({
  entrypoint: 'long',
  podSpecPatch: `{"terminationGracePeriodSeconds": ${GRACE}}`,
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

/** What `main` of a workflow's one pod wrote, in the end. */
const lastWords = ({ source, namespace }: Journey, name: string): Promise<string> =>
  source.kubectl(['logs', name, '-n', namespace, '-c', 'main']);

const cases = (['stop', 'terminate'] as const).flatMap((how) =>
  Object.entries(SCRIPTS).map(([what, script]) => ({ how, what, script })),
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
    async ({ how, what, script }, { begun: journey, client, expect, annotate }) => {
      await letReport(journey);
      await submitSpec(journey, 'home', specOf(script));
      await submitSpec(journey, 'away', specOf(script, { podMetadata: AWAY }));
      for (const name of ['home', 'away']) await untilNode(journey, name, name, 'Running');
      const runs = async () =>
        (await podsIn(journey, journey.target)).some(({ status }) => status?.phase === 'Running');
      await eventually('the delegate runs', async () => (await runs()) || undefined);

      await client(journey, how, 'home', 'away');
      // It is signalled when the controller has looked.
      await untilNode(journey, 'away', 'away', 'Failed');
      const took = await untilEnded(journey);
      await annotate(`delegate ended after ${(took / 1000).toFixed(1)} s, grace ${GRACE} s`);
      expect(took).toBeLessThanOrEqual(GRACE * 1000 + MORE_MS);
      const [home, away] = [await endOf(journey, 'home'), await endOf(journey, 'away')];
      expect(certain(away)).toEqual(certain(home));
      if (what === 'heeds the signal') {
          const [atHome, elsewhere] = [await lastWords(journey, 'home'), await lastWords(journey, 'away')];
        expect([elsewhere, elsewhere]).toEqual([atHome, 'told\nlast words\n']);
      }

      await client(journey, 'delete', 'home', 'away');
      await forgotten(journey);
    },
  );
});

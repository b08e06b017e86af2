/** What is recorded under a real Argo: each a workflow whose pods all run in the other cluster, and what its user does. */
import { join } from 'node:path';
import { readEnv } from '../cluster/env.ts';
import { run } from '../cluster/run.ts';
import type { Journey } from '../journeys/fleet.ts';
import { eventually, podsIn } from '../journeys/steps.ts';
import { call, container, dag, type Example, inputs, said, script, shell } from '../workflows/templates.ts';
import { endOf } from '../workflows/workflow.ts';
import type { State } from './states.ts';

export type Act = {
  /** What one of the pods looks like then. */
  readonly when: State;
  readonly act: (journey: Journey, pod: string) => Promise<unknown>;
};

export type Story = Example & { readonly acts?: readonly Act[]; readonly podGC?: object };

const RUNS = { phase: 'Running', 'container main': 'running' };
const one = (name: string, source: string, more: object = {}): Example => ({
  entrypoint: name,
  templates: [container(name, source, more)],
});
const output = (name: string, path: string) => ({ outputs: { parameters: [{ name, valueFrom: { path } }] } });
/** Ends in its own time, whose output tells whether it was asked to. */
const TOLD = "trap 'echo told > /tmp/how; exit 9' TERM; for i in $(seq 40); do sleep 0.1; done; echo alone > /tmp/how";

/** `argo delete`, and the end of what belongs to the workflow: a kind is new to the garbage collector for half a minute. */
async function remove(journey: Journey, workflow: string): Promise<void> {
  const { source, namespace } = journey;
  await source.kubectl(['delete', 'workflow', workflow, '-n', namespace, '--wait=false']);
  const collected = async () => ((await podsIn(journey, source)).length === 0 ? true : undefined);
  await eventually('the pods of the workflow are gone', collected, 120_000);
}

const CORE = '/api/v1/namespaces';

/** Gone at once, so that Argo makes another of the name while the delegate runs. */
const takeAway = ({ source, namespace }: Journey, pod: string) =>
  source.kubectl(['delete', '--raw', `${CORE}/${namespace}/pods/${pod}?gracePeriodSeconds=0`]);

/** `argo COMMAND workflow`. */
async function argo({ source, namespace }: Journey, command: string, workflow: string): Promise<void> {
  const { argoFolder = '', processEnv } = readEnv();
  const env = { ...processEnv, KUBECONFIG: source.kubeconfig };
  await run(join(argoFolder, 'argo'), [command, workflow, '-n', namespace], { env });
}

/** `argo retry`, once the workflow has failed. */
async function retry(journey: Journey, workflow: string): Promise<void> {
  await endOf(journey, workflow);
  await argo(journey, 'retry', workflow);
}

export const STORIES: Readonly<Record<string, Story>> = {
  pass: {
    entrypoint: 'pass',
    templates: [
      dag(
        'pass',
        call('make', 'make'),
        call('print', 'print'),
        call(
          'take',
          'take',
          { given: '{{tasks.make.outputs.parameters.value}}', printed: '{{tasks.print.outputs.result}}' },
          { depends: 'make && print' },
        ),
      ),
      container('make', 'echo 42 > /tmp/value', { outputs: said('/tmp/value') }),
      script('print', 'echo 43'),
      container(
        'take',
        'test "{{inputs.parameters.given}} {{inputs.parameters.printed}}" = "42 43"',
        inputs('given', 'printed'),
      ),
    ],
  },
  fails: one('fails', 'exit 3'),
  stopped: {
    ...one(
      'stopped',
      "trap 'sleep 5; echo 7 > /tmp/last; exit 9' TERM; while :; do sleep 0.1; done",
      output('last', '/tmp/last'),
    ),
    acts: [{ when: RUNS, act: (journey) => argo(journey, 'stop', 'stopped') }],
  },
  deleted: {
    ...one('deleted', 'sleep 1000'),
    acts: [{ when: RUNS, act: remove }],
  },
  again: {
    ...one('again', TOLD, output('how', '/tmp/how')),
    acts: [{ when: RUNS, act: takeAway }],
  },
  retried: {
    ...one('retried', 'exit 3'),
    acts: [{ when: { phase: 'Failed' }, act: retry }],
  },
  silent: one('silent', 'true', output('absent', '/tmp/absent')),
  beside: one('beside', 'echo 1 > /tmp/value', {
    outputs: said('/tmp/value'),
    sidecars: [{ name: 'side', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 1000'] }],
  }),
  slow: one('slow', 'sleep 5; echo 8 > /tmp/value', { outputs: said('/tmp/value') }),
  set: {
    entrypoint: 'set',
    templates: [
      {
        name: 'set',
        containerSet: {
          containers: [
            { name: 'main', ...shell('echo 6 > /tmp/value') },
            { name: 'second', ...shell('sleep 1; exit 4') },
          ],
        },
        outputs: said('/tmp/value'),
      },
    ],
  },
  cleared: {
    ...one('cleared', 'echo 5 > /tmp/value', { outputs: said('/tmp/value') }),
    podGC: { strategy: 'OnPodCompletion' },
  },
};

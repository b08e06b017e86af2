/** Both scenarios, one run after the other. */
import { type Outcome, type Outcomes, PINNED } from './report.ts';
import { run } from './run.ts';
import type { Stage } from './stage.ts';
import type { View } from './view.ts';
import { type Phase, STEPS, scenarioA, scenarioB } from './workload.ts';

const RUN_TIMEOUT_MS = 180_000;

/** Runs all on a stage that is up; fails when a pod does not end as it should. */
export async function demo(stage: Stage, view: View, now: () => number): Promise<Outcomes> {
  const [home, other] = stage.clients;
  const clusters = stage.clients.map(({ cluster }) => cluster);
  const begin = (title: string, name: string, phases: readonly Phase[]) => {
    view.say(`\n${title}`, 'bold');
    const { follower, signal } = stage;
    return run({ name, phases, home, clusters, follower, view, signal, timeout: RUN_TIMEOUT_MS, now });
  };
  const single = await begin(
    `Scenario A: ${STEPS} steps as plain pods, on ${home.cluster} alone`,
    'single',
    scenarioA('single', { elected: false }),
  );
  view.say(`${single.seconds.toFixed(1)} s`);
  const federated = await begin(
    `Scenario A: the same Job, annotated, on ${clusters.join(' and ')}`,
    'federated',
    scenarioA('federated', { elected: true }),
  );
  requireDelegates(federated);
  view.say(`${federated.seconds.toFixed(1)} s`);
  const pinned = await begin(
    `Scenario B: a and ${PINNED} (pinned to ${other.cluster}), then c`,
    'scenario-b',
    scenarioB('scenario-b', other.cluster),
  );
  requirePinned(pinned, other.cluster);
  view.say(`${pinned.seconds.toFixed(1)} s`);
  return { nodes: stage.nodes, single, federated, scenarioB: pinned };
}

/** A pod that was never elected ends well too, but proves nothing. */
export function requireDelegates({ steps }: Outcome): void {
  const lone = steps.find(({ delegate }) => delegate === undefined);
  if (lone !== undefined) throw new Error(`step ${lone.proxy} ran as a plain pod, though it was annotated`);
}

export function requirePinned({ steps }: Outcome, cluster: string): void {
  const step = steps.find(({ proxy }) => proxy === PINNED);
  if (step?.delegate === undefined) throw new Error(`step ${PINNED} ran as a plain pod, though it was annotated`);
  if (step.cluster !== cluster) throw new Error(`step ${PINNED} was pinned to ${cluster}, but ran in ${step.cluster}`);
}

/** Pure: what the demo says at its end, as tables for people and as one object for machines. */
import { table } from '../../cli/table.ts';
import type { Step } from './timeline.ts';

export interface Outcome {
  submittedAt: number;
  /** From the create sent until the last pod was terminal, as the source cluster said. */
  seconds: number;
  steps: readonly Step[];
}

export interface Outcomes {
  nodes: 'kubelet' | 'simulated';
  single: Outcome;
  federated: Outcome;
  scenarioB: Outcome;
}

export interface Result {
  single: { seconds: number };
  federated: { seconds: number };
  ratio: number;
  nodes: 'kubelet' | 'simulated';
  scenarioB: { seconds: number; bCluster: string };
  /** Of the federated run; `seconds` from its running until its end. */
  pods: { proxy: string; delegate: string; cluster: string; phase: string; seconds: number }[];
}

/** Name of the pod of scenario B that is pinned. */
export const PINNED = 'b';

/** The object that `--json` prints. */
export function resultOf({ nodes, single, federated, scenarioB }: Outcomes): Result {
  return {
    single: { seconds: round(single.seconds) },
    federated: { seconds: round(federated.seconds) },
    ratio: round(federated.seconds / single.seconds),
    nodes,
    scenarioB: {
      seconds: round(scenarioB.seconds),
      bCluster: scenarioB.steps.find(({ proxy }) => proxy === PINNED)?.cluster ?? '',
    },
    pods: federated.steps.map((step) => ({
      proxy: step.proxy,
      delegate: step.delegate ?? '',
      cluster: step.cluster ?? '',
      phase: step.phase,
      seconds: round(duration(step)),
    })),
  };
}

/** Both scenarios as text. */
export function summary({ nodes, single, federated, scenarioB }: Outcomes): string {
  const ratio = (federated.seconds / single.seconds).toFixed(2);
  return [
    'Scenario A, federated: ten steps of 10 s',
    stepTable(federated),
    '',
    table(
      ['TOTAL', 'SECONDS', 'OF SINGLE'],
      [
        ['cluster1 alone', single.seconds.toFixed(1), '1.00'],
        ['federated', federated.seconds.toFixed(1), ratio],
      ],
    ),
    '',
    'Scenario B: a and b (pinned to cluster2), then c',
    stepTable(scenarioB),
    `${scenarioB.seconds.toFixed(1)} s in all`,
    ...(nodes === 'simulated' ? ['', 'Nodes were simulated: pods only appeared to run.'] : []),
  ].join('\n');
}

function stepTable({ steps, submittedAt }: Outcome): string {
  const rows = steps.map((step) => [
    step.proxy,
    step.cluster ?? '?',
    step.delegate ?? '-',
    `${(((step.runningAt ?? submittedAt) - submittedAt) / 1000).toFixed(1)} s`,
    `${duration(step).toFixed(1)} s`,
  ]);
  return table(['STEP', 'CLUSTER', 'DELEGATE', 'START', 'DURATION'], rows);
}

const duration = ({ runningAt = 0, endedAt = runningAt }: Step): number => (endedAt - runningAt) / 1000;

const round = (value: number): number => Math.round(value * 100) / 100;

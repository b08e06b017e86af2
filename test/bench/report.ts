/** The figures of a run, as the object that machines read and as tables for people. */
import { table } from '../../cli/table.ts';
import type { Write } from '../cluster/audit.ts';
import type { Burst } from './burst.ts';
import type { Cost } from './cost.ts';
import { extraSeconds, type Idle } from './idle.ts';
import { stageTable } from './stages.ts';
import { median, percentile, rounded } from './statistics.ts';
import { isEvent, type Writes, writeTable } from './writes.ts';

/** The ceiling runs before and after: servers get slower as they fill, and that must favour neither. */
export type Round = { readonly elected: Burst; readonly ceilings: readonly Burst[]; readonly cost: Cost };

export type Results = {
  readonly idle: Idle;
  readonly idleCost: Cost;
  readonly rounds: readonly Round[];
  readonly rssMiB: number;
  /** All writes of the run. */
  readonly writes: readonly Write[];
};

/** What `--json` prints. Writes are those of all elected pods of the run; of the bursts it is the median of the rounds. */
export function figures({ idle, idleCost, rounds, rssMiB }: Results) {
  const costs = [idleCost, ...rounds.map(({ cost }) => cost)];
  const extra = extraSeconds(idle);
  const of = (figure: (round: Round) => number, decimals: number) => rounded(median(rounds.map(figure)), decimals);
  return {
    writesPerPod: perPod(costs, ({ life }) => life.forPods.filter((write) => !isEvent(write))),
    eventsPerPod: perPod(costs, ({ life }) => life.forPods.filter(isEvent)),
    cleanupWritesPerPod: perPod(costs, ({ cleanUp }) => cleanUp.forPods),
    idleExtraSeconds: { p50: rounded(percentile(extra, 50), 3), p99: rounded(percentile(extra, 99), 3) },
    burst: {
      pods: rounds[0]?.elected.pods ?? 0,
      podsPerSecond: of(({ elected }) => rate(elected), 1),
      ceilingRatio: of(({ elected, ceilings }) => rate(elected) / rate(together(ceilings)), 2),
      hostCpuMsPerPod: of(({ elected }) => elected.hostCpuMs / elected.pods, 0),
    },
    rssMiB: rounded(rssMiB, 0),
  };
}

/** The same and what is behind it, for people. */
export function describe(results: Results): string {
  const { idle, idleCost, rounds, writes, rssMiB } = results;
  const parts = [
    'One at a time: seconds from create sent to running seen',
    table(
      ['', 'P50', 'P99'],
      [secondsRow('plain', idle.plain), secondsRow('elected', idle.elected), secondsRow('extra', extraSeconds(idle))],
    ),
    'One at a time: milliseconds from the creation of the proxy, by the audit logs',
    table(['STAGE', 'P50', 'P99', 'PODS'], stageTable(writes, idle.proxies)),
    'Bursts (the host was not ours alone: CPU is all that it did from the first create to the last end)',
    table(['', 'PODS', 'SECONDS', 'PODS/S'], rounds.flatMap(burstRows)),
    'CPU: milliseconds per pod, of the last round',
    table(['', 'ELECTED', 'TWO PLAIN'], rounds.slice(-1).flatMap(cpuRows)),
    'First burst: milliseconds from the creation of the proxy, by the audit logs',
    table(['STAGE', 'P50', 'P99', 'PODS'], stageTable(writes, rounds[0]?.elected.uids ?? new Map())),
    ...describeCost('one at a time', idleCost),
    ...rounds.flatMap(({ cost }, index) => describeCost(`burst ${index + 1}`, cost)),
    `Peak memory of berth up: ${rounded(rssMiB, 0)} MiB`,
  ];
  return parts.join('\n\n');
}

const rate = ({ pods, seconds }: Pick<Burst, 'pods' | 'seconds'>): number => pods / seconds;

/** Several bursts as if they were one. */
function together(bursts: readonly Burst[]): Omit<Burst, 'uids'> {
  const sum = (figure: (burst: Burst) => number) => bursts.reduce((total, burst) => total + figure(burst), 0);
  const names = bursts[0]?.processCpuMs.keys() ?? [];
  return {
    pods: sum(({ pods }) => pods),
    seconds: sum(({ seconds }) => seconds),
    hostCpuMs: sum(({ hostCpuMs }) => hostCpuMs),
    processCpuMs: new Map([...names].map((name) => [name, sum(({ processCpuMs }) => processCpuMs.get(name) ?? 0)])),
  };
}

function perPod(costs: readonly Cost[], writes: (cost: Cost) => readonly Write[]): number {
  const pods = costs.reduce((sum, cost) => sum + cost.pods, 0);
  return rounded(costs.reduce((sum, cost) => sum + writes(cost).length, 0) / pods, 2);
}

const secondsRow = (name: string, seconds: readonly number[]): string[] => [
  name,
  ...[50, 99].map((percent) => percentile(seconds, percent).toFixed(3)),
];

const burstRows = ({ elected, ceilings }: Round): string[][] =>
  [['elected', elected] as const, ...ceilings.map((ceiling) => ['two plain', ceiling] as const)].map(
    ([name, burst]) => [name, String(burst.pods), burst.seconds.toFixed(2), rate(burst).toFixed(1)],
  );

function cpuRows({ elected, ceilings }: Round): string[][] {
  const row = (name: string, cpuOf: (burst: Omit<Burst, 'uids'>) => number) => [
    name,
    ...[elected, together(ceilings)].map((burst) => (cpuOf(burst) / burst.pods).toFixed(1)),
  ];
  const processes = [...elected.processCpuMs.keys()].map((name) =>
    row(name, ({ processCpuMs }) => processCpuMs.get(name) ?? 0),
  );
  const sum = ({ processCpuMs }: Omit<Burst, 'uids'>) =>
    [...processCpuMs.values()].reduce((total, ms) => total + ms, 0);
  return [row('host', ({ hostCpuMs }) => hostCpuMs), row('all of these', sum), ...processes];
}

function describeCost(name: string, { pods, life, cleanUp }: Cost): string[] {
  const header = ['WRITE', 'BY', 'ERROR', 'PER POD'];
  const rows = (writes: readonly Write[]) => table(header, writeTable(writes, pods));
  const total = ({ forPods }: Writes) => (forPods.length / pods).toFixed(2);
  const fleet = [...life.forFleet, ...cleanUp.forFleet];
  return [
    `Writes, ${name}, ${pods} pods, from creation to end: ${total(life)} per pod`,
    rows([...life.forPods, ...life.failed]),
    `Writes, ${name}, from deletion to the last trace: ${total(cleanUp)} per pod`,
    rows([...cleanUp.forPods, ...cleanUp.failed]),
    `Writes, ${name}, for the fleet`,
    table(['WRITE', 'BY', 'ERROR', 'COUNT'], writeTable(fleet)),
  ];
}

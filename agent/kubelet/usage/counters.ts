/**
 * Kubelets tell how much CPU time was used since the start, and who asks divides what came to it by the time in between;
 * targets tell means only. So means are added up here, over the target's own times: clocks of two clusters never meet.
 */
import type { ContainerState, Pod } from '../../../api/index.ts';
import type { ContainerUsage, PodUsage } from '../../streams/usage/report.ts';

export interface Figures {
  /** When it was measured, by the target's clock: milliseconds since the epoch. */
  at: number;
  cores: number;
  bytes: number;
  /** Of CPU, never less than before. */
  seconds: number;
}

export interface ContainerFigures extends Figures {
  name: string;
  /** Since when the CPU time is counted, by the target's clock: milliseconds since the epoch. */
  since: number;
  /** When the container was started, in the same terms. */
  startedAt?: number;
}

export interface PodFigures {
  pod: Pod;
  containers: ContainerFigures[];
}

/** Of one virtual node. */
export interface NodeUsage {
  pods: PodFigures[];
  /** All proxies together; undefined where there is no figure. */
  node?: Figures;
  /** What is counted on from, next time; undefined before anything was told. */
  counts?: Counts;
}

interface Counts {
  /** By the proxy's UID; also those that were not told this time, and may be the next. */
  containers: ReadonlyMap<string, readonly ContainerFigures[]>;
  node?: Figures;
}

/** Less than a nanosecond would count as nothing, which metrics-server takes for a failure (pkg/scraper/client/resource/decode.go). */
const LEAST_SECONDS = 1e-6;

/** What is known once this was told; `proxyOf` finds the proxies on this node by their UID. */
export function count(
  { counts }: NodeUsage,
  told: readonly PodUsage[],
  proxyOf: (uid: string) => Pod | undefined,
): NodeUsage {
  const containers = new Map([...(counts?.containers ?? [])].filter(([uid]) => proxyOf(uid) !== undefined));
  const first = new Map([...told].reverse().map((usage) => [usage.uid, usage]));
  const pods = [...first].flatMap(([uid, usage]): PodFigures[] => {
    const pod = proxyOf(uid);
    if (pod === undefined) return [];
    const before = containers.get(uid) ?? [];
    const now = containersOf(pod, usage, before, counts === undefined);
    containers.set(uid, [...now, ...before.filter(({ name }) => now.every((one) => one.name !== name))]);
    return now.length === 0 ? [] : [{ pod, containers: now }];
  });
  const node = together(counts?.node, pods);
  return { pods, ...(node && { node }), counts: { containers, ...(node && { node }) } };
}

/** Of the pod's own containers only: names are the target's word. */
function containersOf(
  pod: Pod,
  { at, containers: told }: PodUsage,
  before: readonly ContainerFigures[],
  isFirst: boolean,
): ContainerFigures[] {
  const { containers, initContainers = [] } = pod.spec;
  return [...initContainers, ...containers].flatMap(({ name }) => {
    const usage = told.find((container) => container.name === name);
    if (usage === undefined) return [];
    const last = before.find((container) => container.name === name);
    const startedAt = startOf(pod, name);
    const isNew = last === undefined || isAnew(last, at, startedAt);
    return [isNew ? begun(at, usage, startedAt, isFirst) : goneOn(at, usage, last, startedAt)];
  });
}

/** Figures from before the start are those of the container that was there before. */
const isAnew = (last: ContainerFigures, at: number, startedAt: number | undefined): boolean =>
  startedAt !== undefined && last.startedAt !== undefined && startedAt !== last.startedAt && startedAt < at;

/**
 * Of a container that we have seen begin, as if it had always used as much. At first there may be some that an agent before
 * us has counted, by other figures: they are counted from now, so that who knows that count sees that this is another one.
 */
function begun(
  at: number,
  { name, cores, bytes }: ContainerUsage,
  startedAt: number | undefined,
  isFirst: boolean,
): ContainerFigures {
  const figures = { name, at, cores, bytes, ...(startedAt !== undefined && { startedAt }) };
  if (isFirst || startedAt === undefined || startedAt >= at) return { ...figures, since: at, seconds: 0 };
  return { ...figures, since: startedAt, seconds: later(0, cores, at - startedAt) };
}

/** Over what was not told in between, too. */
function goneOn(
  at: number,
  { cores, bytes }: ContainerUsage,
  last: ContainerFigures,
  startedAt: number | undefined,
): ContainerFigures {
  if (at <= last.at) return last;
  const start = last.startedAt ?? startedAt;
  const seconds = later(last.seconds, cores, at - last.at);
  return { ...last, at, cores, bytes, seconds, ...(start !== undefined && { startedAt: start }) };
}

const later = (seconds: number, cores: number, ms: number): number =>
  Math.max(LEAST_SECONDS, seconds + (cores * ms) / 1000);

/** When the container that runs now was started. */
function startOf({ status }: Pod, name: string): number | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const state: ContainerState | undefined = all.find((container) => container.name === name)?.state;
  const at = Date.parse(state?.running?.startedAt ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** Not the sum of the containers' counts, which falls when one ends. */
function together(before: Figures | undefined, pods: readonly PodFigures[]): Figures | undefined {
  const all = pods.flatMap(({ containers }) => containers);
  const { cores, bytes, seconds } = sumOf(all);
  if (before === undefined) {
    const at = newest(all);
    return at === undefined ? undefined : { at, cores, bytes, seconds };
  }
  const at = Math.max(before.at, newest(all) ?? 0);
  return {
    at,
    cores,
    bytes,
    seconds: at === before.at ? before.seconds : later(before.seconds, cores, at - before.at),
  };
}

/** Of a pod's containers. */
export function sumOf(containers: readonly Figures[]): Omit<Figures, 'at'> {
  const sum = (of: (figures: Figures) => number) => containers.reduce((total, one) => total + of(one), 0);
  return { cores: sum(({ cores }) => cores), bytes: sum(({ bytes }) => bytes), seconds: sum(({ seconds }) => seconds) };
}

export const newest = (containers: readonly Figures[]): number | undefined =>
  containers.length === 0 ? undefined : containers.reduce((latest, { at }) => Math.max(latest, at), 0);

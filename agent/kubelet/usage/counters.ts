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
  /** Milliseconds since the epoch, by the target's clock. */
  startedAt?: number;
}

export interface PodFigures {
  pod: Pod;
  containers: ContainerFigures[];
}

/** Of one virtual node. */
export interface NodeUsage {
  pods: PodFigures[];
  /** All proxies together; undefined before there was any figure. */
  node?: Figures;
}

/** Less than a nanosecond would count as nothing, which metrics-server takes for a failure (pkg/scraper/client/resource/decode.go). */
const LEAST_SECONDS = 1e-6;

/** What is known once this was told; `proxyOf` finds the proxies on this node by their UID. */
export function count(
  before: NodeUsage,
  told: readonly PodUsage[],
  proxyOf: (uid: string) => Pod | undefined,
): NodeUsage {
  const known = new Map(before.pods.map((figures) => [figures.pod.metadata.uid, figures]));
  const first = new Map([...told].reverse().map((usage) => [usage.uid, usage]));
  const pods = [...first].flatMap(([uid, usage]): PodFigures[] => {
    const pod = proxyOf(uid);
    if (pod === undefined) return [];
    const containers = containersOf(pod, usage, known.get(uid)?.containers ?? []);
    return containers.length === 0 ? [] : [{ pod, containers }];
  });
  const node = together(before.node, pods);
  return { pods, ...(node && { node }) };
}

/** Of the pod's own containers only: names are the target's word. */
function containersOf(pod: Pod, usage: PodUsage, before: readonly ContainerFigures[]): ContainerFigures[] {
  const { containers, initContainers = [] } = pod.spec;
  return [...initContainers, ...containers].flatMap(({ name }) => {
    const now = usage.containers.find((container) => container.name === name);
    const last = before.find((container) => container.name === name);
    return now === undefined ? [] : [counted(usage, now, last, startOf(pod, name))];
  });
}

function counted(
  { at, windowMs }: PodUsage,
  { name, cores, bytes }: ContainerUsage,
  last: ContainerFigures | undefined,
  startedAt: number | undefined,
): ContainerFigures {
  const restarted = last !== undefined && startedAt !== undefined && last.startedAt !== startedAt;
  if (last !== undefined && !restarted && at <= last.at) return last;
  const isNew = last === undefined || restarted;
  // As if it had always used as much: who asks takes a young container's whole count for one of its life.
  const life = startedAt === undefined || startedAt >= at ? windowMs : at - startedAt;
  const seconds = isNew
    ? Math.max(LEAST_SECONDS, (cores * life) / 1000)
    : last.seconds + (cores * (at - last.at)) / 1000;
  return { name, at, cores, bytes, seconds, ...(startedAt !== undefined && { startedAt }) };
}

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
  return { at, cores, bytes, seconds: before.seconds + (cores * (at - before.at)) / 1000 };
}

/** Of a pod's containers. */
export function sumOf(containers: readonly Figures[]): Omit<Figures, 'at'> {
  const sum = (of: (figures: Figures) => number) => containers.reduce((total, one) => total + of(one), 0);
  return { cores: sum(({ cores }) => cores), bytes: sum(({ bytes }) => bytes), seconds: sum(({ seconds }) => seconds) };
}

export const newest = (containers: readonly Figures[]): number | undefined =>
  containers.length === 0 ? undefined : containers.reduce((latest, { at }) => Math.max(latest, at), 0);

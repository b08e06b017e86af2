/** `/stats/summary` (k8s.io/kubelet, pkg/apis/stats/v1alpha1), with what is known: CPU and memory. */
import type { Pod } from '../../../api/index.ts';
import { type Figures, type NodeUsage, newest, sumOf } from './counters.ts';

export interface SummaryOptions {
  node: string;
  /** Since when the node's CPU time is counted; milliseconds since the epoch. */
  since: number;
  /** All proxies on the node. */
  proxies: readonly Pod[];
  usage: NodeUsage;
}

/** Of proxies whose use is not known there are no figures, as of pods of a kubelet that has just begun. */
export function summary({ node, since, proxies, usage }: SummaryOptions): object {
  const figures = new Map(usage.pods.map((one) => [one.pod.metadata.uid, one.containers]));
  return {
    node: { nodeName: node, startTime: time(since), ...(usage.node && measured(usage.node)) },
    pods: proxies.map((pod) => podStats(pod, figures.get(pod.metadata.uid) ?? [])),
  };
}

function podStats({ metadata, status }: Pod, containers: NodeUsage['pods'][number]['containers']) {
  const { name, namespace, uid, creationTimestamp } = metadata;
  const at = newest(containers);
  return {
    podRef: { name, namespace, uid },
    startTime: status?.startTime ?? creationTimestamp ?? null,
    containers: containers.map(({ name: container, since, ...figures }) => ({
      name: container,
      // "The time at which data collection for this container was (re)started."
      startTime: time(since),
      ...measured(figures),
    })),
    ...(at !== undefined && measured({ ...sumOf(containers), at })),
  };
}

function measured({ at, cores, bytes, seconds }: Figures) {
  // Who reads it takes no more than 64 bits for a number, and nothing of a summary with more in it.
  const nano = (value: number) => Math.min(Math.round(value * 1e9), 1e19);
  return {
    cpu: { time: time(at), usageNanoCores: nano(cores), usageCoreNanoSeconds: nano(seconds) },
    memory: { time: time(at), workingSetBytes: Math.round(bytes) },
  };
}

const time = (ms: number): string => new Date(ms).toISOString();

/** `/metrics/resource` (k8s.io/kubernetes, pkg/kubelet/metrics/collectors/resource_metrics.go), as text for Prometheus and metrics-server. */
import { type NodeUsage, newest, sumOf } from './counters.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Sample {
  labels?: Record<string, string>;
  value: number;
  /** Milliseconds since the epoch. */
  at?: number;
}

/** undefined: the target could not be asked. */
export function exposition(usage: NodeUsage | undefined): string {
  const { pods = [], node } = usage ?? {};
  const containers = pods.flatMap(({ pod, containers: all }) =>
    all.map((figures) => ({ ...figures, labels: { container: figures.name, ...labelsOf(pod.metadata) } })),
  );
  const whole = pods.map(({ pod, containers: all }) => ({
    ...{ ...sumOf(all), at: newest(all) ?? 0, labels: labelsOf(pod.metadata) },
  }));
  const nodes = node === undefined ? [] : [node];
  const error = [{ value: usage === undefined ? 1 : 0 }];
  const [cpu, memory] = ['Cumulative cpu time consumed by the', 'Current working set of the'];
  return [
    metric('container_cpu_usage_seconds_total', 'counter', `${cpu} container in core-seconds`, containers.map(seconds)),
    metric('container_memory_working_set_bytes', 'gauge', `${memory} container in bytes`, containers.map(bytes)),
    metric(
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds',
      // Of the count, by which metrics-server knows that it is another one.
      containers.map(({ labels, at, since }) => ({ labels, at, value: since / 1000 })),
    ),
    metric('node_cpu_usage_seconds_total', 'counter', `${cpu} node in core-seconds`, nodes.map(seconds)),
    metric('node_memory_working_set_bytes', 'gauge', `${memory} node in bytes`, nodes.map(bytes)),
    metric('pod_cpu_usage_seconds_total', 'counter', `${cpu} pod in core-seconds`, whole.map(seconds)),
    metric('pod_memory_working_set_bytes', 'gauge', `${memory} pod in bytes`, whole.map(bytes)),
    // Both names: the first is the one of Kubernetes before 1.29.
    ...['scrape_error', 'resource_scrape_error'].map((name) =>
      metric(name, 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', error),
    ),
  ].join('');
}

interface Counted {
  at: number;
  seconds: number;
  bytes: number;
  labels?: Record<string, string>;
}

const seconds = ({ at, seconds: value, labels }: Counted): Sample => ({ at, value, ...(labels && { labels }) });
const bytes = ({ at, bytes: value, labels }: Counted): Sample => ({ at, value, ...(labels && { labels }) });

const labelsOf = ({ name, namespace = '' }: { name: string; namespace?: string }) => ({ namespace, pod: name });

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels, value, at }) => {
    const time = at === undefined ? '' : ` ${Math.round(at)}`;
    return `${name}${braced(labels)} ${value}${time}\n`;
  });
  return `# HELP ${name} [STABLE] ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function braced(labels: Record<string, string> | undefined): string {
  if (labels === undefined) return '';
  return `{${Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)}}`;
}

/** prometheus.io/docs/instrumenting/exposition_formats, "Text-based format". */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

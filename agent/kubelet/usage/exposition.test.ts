import { expect, it } from 'vitest';
import { original, proxyOf } from '../../../test/builders.ts';
import type { ContainerFigures, NodeUsage } from './counters.ts';
import { exposition } from './exposition.ts';
import { summary } from './summary.ts';

const AT = 1_700_000_000_000;
const main: ContainerFigures = {
  ...{ name: 'main', at: AT, cores: 0.1, bytes: 2 ** 20, seconds: 4.5, since: AT - 60_000 },
};
const side: ContainerFigures = { name: 'side', at: AT + 1000, cores: 0.2, bytes: 5, seconds: 0.5, since: AT };
const pod = proxyOf(original(), { nodeName: 'berth-away' }, { phase: 'Running', startTime: '2023-11-14T22:12:00Z' });
const usage: NodeUsage = {
  pods: [{ pod, containers: [main, side] }],
  node: { at: AT, cores: 0.3, bytes: 7, seconds: 9 },
};
const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

it('says what kubelets say, of containers, pods and the node', () => {
  const labels = '{container="main",namespace="default",pod="step"}';
  expect(samples(exposition(usage))).toEqual([
    `container_cpu_usage_seconds_total${labels} 4.5 ${AT}`,
    `container_cpu_usage_seconds_total${labels.replace('main', 'side')} 0.5 ${AT + 1000}`,
    `container_memory_working_set_bytes${labels} 1048576 ${AT}`,
    `container_memory_working_set_bytes${labels.replace('main', 'side')} 5 ${AT + 1000}`,
    `container_start_time_seconds${labels} ${(AT - 60_000) / 1000} ${AT}`,
    `container_start_time_seconds${labels.replace('main', 'side')} ${AT / 1000} ${AT + 1000}`,
    `node_cpu_usage_seconds_total 9 ${AT}`,
    `node_memory_working_set_bytes 7 ${AT}`,
    `pod_cpu_usage_seconds_total{namespace="default",pod="step"} 5 ${AT + 1000}`,
    `pod_memory_working_set_bytes{namespace="default",pod="step"} 1048581 ${AT + 1000}`,
    'scrape_error 0',
    'resource_scrape_error 0',
  ]);
});

it('has a help and a type before the samples of each metric', () => {
  const lines = exposition(usage).split('\n');
  const at = lines.findIndex((line) => line.startsWith('node_cpu_usage_seconds_total'));
  expect(lines.slice(at - 2, at)).toEqual([
    '# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds',
    '# TYPE node_cpu_usage_seconds_total counter',
  ]);
  expect(exposition(usage).endsWith('\n')).toBe(true);
});

it('tells a failure, and nothing known, apart', () => {
  expect(samples(exposition(undefined))).toEqual(['scrape_error 1', 'resource_scrape_error 1']);
  expect(samples(exposition({ pods: [] }))).toEqual(['scrape_error 0', 'resource_scrape_error 0']);
});

it('lets no name end its label', () => {
  const odd = { ...usage, pods: [{ pod, containers: [{ ...main, name: 'a"} 1\nb\\' }] }] };
  expect(samples(exposition(odd))[0]).toBe(
    `container_cpu_usage_seconds_total{container="a\\"} 1\\nb\\\\",namespace="default",pod="step"} 4.5 ${AT}`,
  );
});

it('sums up for the API that kubelets had before, with pods of which nothing is known', () => {
  const other = {
    ...pod,
    status: {},
    metadata: { name: 'other', namespace: 'default', uid: 'other', creationTimestamp: 't' },
  };
  const time = '2023-11-14T22:13:20.000Z';
  expect(summary({ node: 'berth-away', since: 0, proxies: [pod, other], usage })).toEqual({
    node: {
      ...{ nodeName: 'berth-away', startTime: '1970-01-01T00:00:00.000Z' },
      cpu: { time, usageNanoCores: 300_000_000, usageCoreNanoSeconds: 9_000_000_000 },
      memory: { time, workingSetBytes: 7 },
    },
    pods: [
      {
        podRef: { name: 'step', namespace: 'default', uid: pod.metadata.uid },
        startTime: '2023-11-14T22:12:00Z',
        containers: [
          {
            ...{ name: 'main', startTime: '2023-11-14T22:12:20.000Z' },
            cpu: { time, usageNanoCores: 100_000_000, usageCoreNanoSeconds: 4_500_000_000 },
            memory: { time, workingSetBytes: 2 ** 20 },
          },
          {
            ...{ name: 'side', startTime: '2023-11-14T22:13:20.000Z' },
            cpu: { time: '2023-11-14T22:13:21.000Z', usageNanoCores: 200_000_000, usageCoreNanoSeconds: 500_000_000 },
            memory: { time: '2023-11-14T22:13:21.000Z', workingSetBytes: 5 },
          },
        ],
        cpu: {
          ...{ time: '2023-11-14T22:13:21.000Z', usageNanoCores: 300_000_000, usageCoreNanoSeconds: 5_000_000_000 },
        },
        memory: { time: '2023-11-14T22:13:21.000Z', workingSetBytes: 1_048_581 },
      },
      { podRef: { name: 'other', namespace: 'default', uid: 'other' }, startTime: 't', containers: [] },
    ],
  });
});

it('sums up to no number that Go could not read', () => {
  const odd = { pods: [{ pod, containers: [{ ...main, cores: 1e6, seconds: 1e17, bytes: Number.MAX_SAFE_INTEGER }] }] };
  const text = JSON.stringify(summary({ node: 'berth-away', since: 0, proxies: [pod], usage: odd }));
  for (const [, number = ''] of text.matchAll(/:([\d.e+-]+)[,}]/g)) expect(BigInt(number)).toBeLessThan(2n ** 64n);
});

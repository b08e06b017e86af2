import { describe, expect, it } from 'vitest';
import type { Container, PodSpec, ResourceList } from './kubernetes.ts';
import { podRequests } from './requests.ts';

const container = (cpu: string, more: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests: { cpu } },
  ...more,
});
const sidecar = (cpu: string): Container => container(cpu, { restartPolicy: 'Always' });
const limited = (limits: ResourceList, requests?: ResourceList): Container => ({
  name: 'c',
  resources: { limits, ...(requests === undefined ? {} : { requests }) },
});

describe('podRequests', () => {
  it.each<[what: string, spec: PodSpec, cpu: number]>([
    ['adds containers', { containers: [container('1'), container('500m')] }, 1500],
    [
      'takes an init container that asks for more',
      { containers: [container('1')], initContainers: [container('3')] },
      3000,
    ],
    [
      'takes the containers where they ask for more',
      { containers: [container('4')], initContainers: [container('3')] },
      4000,
    ],
    [
      'takes the greatest of init containers, which run one by one',
      { containers: [], initContainers: [container('2'), container('3'), container('1')] },
      3000,
    ],
    ['adds sidecars to the containers', { containers: [container('1')], initContainers: [sidecar('2')] }, 3000],
    [
      'adds to an init container the sidecars that started before it',
      { containers: [container('1')], initContainers: [sidecar('1'), sidecar('1'), container('5')] },
      7000,
    ],
    [
      'does not add those that start after it',
      { containers: [container('1')], initContainers: [container('5'), sidecar('1')] },
      5000,
    ],
    [
      'does not add an init container that has ended to the next',
      { containers: [], initContainers: [sidecar('1'), container('5'), container('5'), sidecar('1')] },
      6000,
    ],
    [
      'takes an init container that is to be restarted on failure for no sidecar',
      { containers: [container('1')], initContainers: [container('2', { restartPolicy: 'OnFailure' })] },
      2000,
    ],
    ['lets the pod say another sum', { containers: [container('1')], resources: { requests: { cpu: '7' } } }, 7000],
    ['lets the pod say less', { containers: [container('5')], resources: { requests: { cpu: '2' } } }, 2000],
    ['takes limits of the pod for its requests', { containers: [], resources: { limits: { cpu: '6' } } }, 6000],
    [
      'prefers requests of the pod to its limits',
      { containers: [], resources: { limits: { cpu: '6' }, requests: { cpu: '2' } } },
      2000,
    ],
    ['adds the overhead', { containers: [container('1')], overhead: { cpu: '250m' } }, 1250],
    [
      'adds the overhead to what the pod says',
      { containers: [container('1')], resources: { requests: { cpu: '3' } }, overhead: { cpu: '250m' } },
      3250,
    ],
  ])('%s', (_, spec, cpu) => {
    expect(podRequests(spec)).toEqual({ cpu, pods: 1 });
  });

  it('asks for a slot even where nothing is requested', () => {
    expect(podRequests({ containers: [{ name: 'c' }, { name: 'd', resources: {} }] })).toEqual({ pods: 1 });
  });

  it('asks for one slot, whatever is requested', () => {
    expect(podRequests({ containers: [limited({ pods: '5' })], overhead: { pods: '2' } })).toEqual({ pods: 1 });
  });

  it('takes a limit for the request where there is none, per resource', () => {
    const spec = { containers: [limited({ cpu: '2', memory: '1Ki' }, { cpu: '1' }), limited({ cpu: '4' })] };
    expect(podRequests(spec)).toEqual({ cpu: 5000, memory: 1024, pods: 1 });
  });

  it('compares each resource by itself, and replaces only those that the pod names', () => {
    const spec: PodSpec = {
      containers: [limited({ cpu: '1', memory: '8' })],
      initContainers: [limited({ cpu: '2', memory: '4', gpu: '1' })],
    };
    expect(podRequests(spec)).toEqual({ cpu: 2000, memory: 8, gpu: 1, pods: 1 });
    expect(podRequests({ ...spec, resources: { requests: { memory: '5' } } })).toEqual({
      cpu: 2000,
      memory: 5,
      gpu: 1,
      pods: 1,
    });
  });
});

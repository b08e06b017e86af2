/** One object of every kind of ours, for the tests that hold types, schemas and definitions together. */
import type { OurResource } from '../api/crd.ts';
import type {
  Cluster,
  ClusterObservation,
  NodePoolObservation,
  PodDecision,
  PodDelegation,
  PodObservation,
} from '../api/index.ts';
import type { KubeObject } from '../api/kubernetes.ts';
import { API_VERSION } from '../api/names.ts';

const pod = { namespace: 'default', name: 'hello', uid: '3f2c8c5e-0000-4000-8000-000000000001' };
const inNamespace = (kind: string, namespace: string, name: string) => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { namespace, name },
});

const cluster: Cluster = {
  apiVersion: API_VERSION,
  kind: 'Cluster',
  metadata: { name: 'a' },
  spec: {
    uid: '3f2c8c5e-0000-4000-8000-00000000000a',
    roles: ['Source', 'Target'],
    accept: { sources: ['*'], namespaces: ['default'] },
  },
};
const clusterObservation: ClusterObservation = {
  ...inNamespace('ClusterObservation', 'berth-a', 'a'),
  spec: {
    kubernetesVersion: 'v1.34.0',
    berthVersion: '0.1.0',
    nodeAddress: '10.0.0.1',
    streams: { server: 'https://10.0.0.1:9446', ca: 'pem' },
  },
};
const nodePoolObservation: NodePoolObservation = {
  ...inNamespace('NodePoolObservation', 'berth-a', 'default'),
  spec: {
    shapes: [
      {
        labels: { 'kubernetes.io/os': 'linux' },
        taints: [{ key: 'spot', value: 'true', effect: 'NoSchedule' }],
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        nodes: [
          { name: 'n1', room: { cpu: '3500m', memory: '7Gi', pods: '100' }, ready: true },
          { name: 'n2', hostname: 'host2', room: { cpu: '1' }, ready: false, cordoned: true },
        ],
      },
    ],
  },
};
const podObservation: PodObservation = {
  ...inNamespace('PodObservation', 'berth-a', pod.uid),
  spec: {
    pod,
    requests: { cpu: '1', memory: '1Gi', pods: '1' },
    priority: 0,
    nodeSelector: { disk: 'ssd' },
    nodeAffinity: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['x'] }] }],
    tolerations: [{ key: 'spot', operator: 'Exists' }],
    clusterNames: ['b'],
    clusterSelector: 'gpu=yes',
  },
};
const podDecision: PodDecision = {
  ...inNamespace('PodDecision', 'berth-a', pod.uid),
  spec: {
    pod,
    attempt: 2,
    target: 'b',
    node: 'n1',
    passedOver: [{ cluster: 'c', reason: 'DelegateRefused', message: 'no quota', until: '2026-01-01T00:00:00Z' }],
  },
};
const podDelegation: PodDelegation = {
  ...inNamespace('PodDelegation', 'berth-a--b', `${pod.uid}-2`),
  spec: {
    pod,
    source: 'a',
    target: 'b',
    attempt: 2,
    delegate: { namespace: 'default', name: 'a-default-hello-0123456789' },
    manifest: '{"metadata":{"name":"hello"},"spec":{"containers":[]}}',
    desired: 'Run',
    gracePeriodSeconds: 30,
    amendments: [
      { of: 'labels', key: 'phase', value: 'two' },
      { of: 'annotations', key: 'note' },
    ],
  },
};

export const SAMPLES: Record<OurResource, KubeObject & { spec: object }> = {
  clusters: cluster,
  clusterobservations: clusterObservation,
  nodepoolobservations: nodePoolObservation,
  podobservations: podObservation,
  poddecisions: podDecision,
  poddelegations: podDelegation,
};

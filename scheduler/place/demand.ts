/** What a pod asks for, in the form that placement works with: parsed once per pod, compared by key. */
import type {
  Amounts,
  LabelSelectorRequirement,
  NodeSelectorTerm,
  PodObservation,
  Toleration,
} from '../../api/index.ts';
import { toAmounts } from '../../api/index.ts';

/** What a pod asks of a node. Pods with equal keys fit the same nodes. */
export interface NodeDemand {
  readonly key: string;
  readonly requests: Amounts;
  /** The same as a list, since it is gone through millions of times. */
  readonly needs: readonly (readonly [resource: string, amount: number])[];
  readonly nodeSelector: Record<string, string>;
  readonly nodeAffinity: NodeSelectorTerm[];
  readonly tolerations: Toleration[];
  /** True if the answer may differ between nodes of one shape, apart from their room. */
  readonly byName: boolean;
}

/** What a pod asks of the fleet. Pods with equal keys go to the same places. */
export interface PodRequest {
  readonly key: string;
  readonly source: string;
  readonly namespace: string;
  readonly demand: NodeDemand;
  readonly clusterNames: string[];
  readonly clusterSelector: string;
}

const HOSTNAME = 'kubernetes.io/hostname';

type Demanding = Pick<
  PodObservation['spec'],
  'pod' | 'requests' | 'nodeSelector' | 'nodeAffinity' | 'tolerations' | 'clusterNames' | 'clusterSelector'
>;

/** The request of an observed pod of `source`. Every pod takes a pod slot, also if its observation does not say so. */
export function requestOf(source: string, spec: Demanding): PodRequest {
  const demand = demandOf(spec);
  const namespace = spec.pod.namespace;
  const clusterNames = [...(spec.clusterNames ?? [])].sort();
  const clusterSelector = spec.clusterSelector ?? '';
  const key = JSON.stringify([source, namespace, clusterNames, clusterSelector, demand.key]);
  return { key, source, namespace, demand, clusterNames, clusterSelector };
}

function demandOf(spec: Demanding): NodeDemand {
  const requests: Amounts = { pods: 1 };
  for (const [resource, amount] of Object.entries(toAmounts(spec.requests)))
    if (amount > 0) requests[resource] = amount;
  const nodeSelector = spec.nodeSelector ?? {};
  const nodeAffinity = (spec.nodeAffinity ?? []) as NodeSelectorTerm[];
  const tolerations = (spec.tolerations ?? []) as Toleration[];
  const needs = sorted(requests);
  const key = JSON.stringify([needs, sorted(nodeSelector), nodeAffinity, tolerations]);
  const byName = HOSTNAME in nodeSelector || nodeAffinity.some(namesNodes);
  return { key, requests, needs, nodeSelector, nodeAffinity, tolerations, byName };
}

const namesNodes = (term: NodeSelectorTerm): boolean =>
  (term.matchFields ?? []).length > 0 ||
  (term.matchExpressions ?? []).some((requirement: LabelSelectorRequirement) => requirement.key === HOSTNAME);

const sorted = <T>(map: Record<string, T>): [string, T][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

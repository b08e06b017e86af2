import { isTerminal, type Pod, podRequests, toAmounts } from '../../api/index.ts';
import type { SimulatedNode } from '../cluster/simulated.ts';

/** Pure: what is wrong with the pods of one moment on these nodes; empty if they all have room. */
export function overPlaced(pods: readonly Pod[], nodes: readonly SimulatedNode[]): string[] {
  const live = pods.filter(({ status }) => !isTerminal(status));
  const withoutRoom = live.filter(isUnschedulable).map(({ metadata }) => `${metadata.name} has no room on any node`);
  const tooFull = nodes.filter((node) => exceeds(live, node)).map(({ name }) => `${name} holds more than it can`);
  return [...withoutRoom, ...tooFull];
}

const isUnschedulable = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'False') ?? false;

function exceeds(pods: readonly Pod[], { name, cpu, pods: slots = 110 }: SimulatedNode): boolean {
  const here = pods.filter(({ spec }) => spec.nodeName === name).map(({ spec }) => podRequests(spec)['cpu'] ?? 0);
  return (
    here.length > slots || here.reduce((sum, millicores) => sum + millicores, 0) > (toAmounts({ cpu })['cpu'] ?? 0)
  );
}

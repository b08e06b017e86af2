/** Two runs of one workflow, compared. */
import type { NodeStatus, Workflow } from './workflow.ts';

/** What users see of a workflow, but for times, places and the name. */
export function seen({ metadata, status }: Workflow) {
  const nodes = Object.values(status?.nodes ?? {}).map((node) => [withoutName(node.name, metadata.name), told(node)]);
  const sorted = nodes.sort(([a], [b]) => String(a).localeCompare(String(b)));
  const { phase, message, progress } = status ?? {};
  return {
    phase,
    message: message && withoutName(message, metadata.name),
    progress,
    nodes: Object.fromEntries(sorted),
  };
}

/** Nodes are called after the workflow and a hash. */
const withoutName = (text: string, name: string) => text.replace(/-\d{6,}/g, '-hash').replaceAll(name, 'it');

/** A kubelet tells of a deadline when it kills: whether it knows by then how the container ended is chance, at home too. */
const isCut = (message = '') => message.includes('longer than the specified deadline');

function told({ type, phase, message, progress, outputs, resourcesDuration = {} }: NodeStatus) {
  const { result, exitCode, parameters } = outputs ?? {};
  const values = parameters?.map(({ name, value }) => `${name}=${value}`);
  // How long they took differs; whether it was counted must not.
  const counted = Object.keys(resourcesDuration).sort();
  return { type, phase, message, progress, result, exitCode: isCut(message) ? 'any' : exitCode, values, counted };
}

/** Its nodes that are pods. */
export const podsOf = ({ status }: Workflow): NodeStatus[] =>
  Object.values(status?.nodes ?? {}).filter(({ type }) => type === 'Pod');

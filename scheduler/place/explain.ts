/** A refusal of all clusters in one sentence, as kube-scheduler would say it. */
import type { ClusterReason } from './choose.ts';

const MOST_NAMES = 3;
const MOST_GROUPS = 10;

/**
 * `0/2 clusters are available: cluster1: insufficient cpu; cluster2: taint {key=value:NoSchedule} not tolerated`;
 * clusters that say the same stand together. `members` is the number of registered clusters.
 */
export function summary(clusters: ClusterReason[], members: number): string {
  if (clusters.length === 0) return '0/0 clusters are available: no cluster is registered';
  const groups = new Map<string, string[]>();
  for (const { name, message } of clusters) groups.set(message, [...(groups.get(message) ?? []), name]);
  const parts = [...groups].map(([message, names]) => `${namesOf(names)}: ${message}`);
  const more = parts.length > MOST_GROUPS ? `; and ${parts.length - MOST_GROUPS} more reasons` : '';
  return `0/${members} clusters are available: ${parts.slice(0, MOST_GROUPS).join('; ')}${more}`;
}

const namesOf = (names: string[]): string =>
  names.length <= MOST_NAMES ? names.join(', ') : `${names.length} clusters`;

/** Whose pods a target takes, and where: its own `Cluster` says so. The scheduler and the target's agent both go by it. */

import { isReservedNamespace } from './names.ts';
import type { ClusterSpec } from './objects/cluster.ts';
import type { Reason } from './reasons.ts';

const EVERY = '*';

/** Whether one of the names in a list of `spec.accept` is meant. */
const names = (list: readonly string[] | undefined, name: string): boolean =>
  list !== undefined && (list.includes(name) || list.includes(EVERY));

/** Why a target takes no pods of `source`; undefined if it does. */
export function refusesPodsOf(source: string, { roles, accept }: ClusterSpec): Reason | undefined {
  if (!roles.includes('Target')) return { reason: 'NotATarget', message: 'not a target' };
  if (names(accept.sources, source)) return undefined;
  return { reason: 'NotAccepted', message: `does not accept pods of ${source}` };
}

/** Why a target takes no pods in a namespace; undefined if it does. */
export const refusesNamespace = (namespace: string, { accept }: ClusterSpec): Reason | undefined =>
  names(accept.namespaces, namespace) && !isReservedNamespace(namespace)
    ? undefined
    : { reason: 'NamespaceNotAccepted', message: `does not accept namespace ${namespace}` };

/** Whether several sources may have delegates in the namespace. */
export const isShared = (namespace: string, { accept }: ClusterSpec): boolean =>
  names(accept.sharedNamespaces, namespace);

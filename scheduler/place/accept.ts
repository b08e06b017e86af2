/** Which clusters may send pods to which: the spec of the target decides, and both must have the role. */
import type { ClusterSpec, Reason } from '../../api/index.ts';

const EVERY = '*';
const names = (list: string[], name: string): boolean => list.includes(name) || list.includes(EVERY);

/** Why pods of `source` (its spec undefined: not registered) may not run in a target at all; undefined if they may. */
export function refusesSource(source: string, sourceSpec: ClusterSpec | undefined, target: ClusterSpec) {
  const refusal = (reason: Reason['reason'], message: string): Reason => ({ reason, message });
  if (!target.roles.includes('Target')) return refusal('NotATarget', 'not a target');
  if (!names(target.accept.sources, source)) return refusal('NotAccepted', `does not accept pods of ${source}`);
  if (!sourceSpec?.roles.includes('Source')) return refusal('NotAccepted', `${source} is not registered as a source`);
  return undefined;
}

/** Why pods of a namespace may not run in a target. */
export const refusesNamespace = (namespace: string, target: ClusterSpec): Reason | undefined =>
  names(target.accept.namespaces, namespace)
    ? undefined
    : { reason: 'NamespaceNotAccepted', message: `does not accept namespace ${namespace}` };

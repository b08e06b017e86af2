/** Which clusters may send pods to which: the spec of the target decides, and both must have the role. */
import { type ClusterSpec, type Reason, refusesPodsOf } from '../../api/index.ts';

/** Why pods of `source` (its spec undefined: not registered) may not run in a target at all; undefined if they may. */
export function refusesSource(source: string, sourceSpec: ClusterSpec | undefined, target: ClusterSpec) {
  const refusal = refusesPodsOf(source, target);
  if (refusal !== undefined || sourceSpec?.roles.includes('Source')) return refusal;
  return { reason: 'NotAccepted', message: `${source} is not registered as a source` } satisfies Reason;
}

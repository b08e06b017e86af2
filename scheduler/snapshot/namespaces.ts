/** Reading the names of the hub's namespaces back: what RBAC guards, so what a member may say is told by where. */
import { isClusterName, SYSTEM_NAMESPACE } from '../../api/index.ts';

const PREFIX = 'berth-';
const BETWEEN = '--';

/** The member that reports into this namespace; undefined if it is no member's. */
export function memberOf(namespace: string | undefined): string | undefined {
  if (!namespace?.startsWith(PREFIX) || namespace === SYSTEM_NAMESPACE) return undefined;
  const name = namespace.slice(PREFIX.length);
  return isClusterName(name) ? name : undefined;
}

/** Source and target that share this namespace; undefined if it is no pair's. */
export function pairOf(namespace: string | undefined): { source: string; target: string } | undefined {
  if (!namespace?.startsWith(PREFIX)) return undefined;
  const [source = '', target = '', ...rest] = namespace.slice(PREFIX.length).split(BETWEEN);
  return rest.length === 0 && isClusterName(source) && isClusterName(target) ? { source, target } : undefined;
}

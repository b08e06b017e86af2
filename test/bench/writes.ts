/** Which writes in the audit logs are ours, and which of them a pod costs. */
import { GROUP, SYSTEM_NAMESPACE } from '../../api/index.ts';
import { groupWrites, type Write, type WriteCount } from '../cluster/audit.ts';

/** What is written for the fleet as a whole, whether or not there are pods. */
const OF_THE_FLEET = new Set([
  'leases.coordination.k8s.io',
  'nodes',
  'namespaces',
  'rolebindings.rbac.authorization.k8s.io',
  `clusters.${GROUP}`,
  `clusterobservations.${GROUP}`,
  `nodepoolobservations.${GROUP}`,
]);

/** Writes of one phase. */
export type Writes = {
  /** Answered well, and for pods: those that count per pod. */
  readonly forPods: readonly Write[];
  /** Answered with an error, and for pods. */
  readonly failed: readonly Write[];
  /** Leases, nodes, room: not per pod. */
  readonly forFleet: readonly Write[];
};

/** Pure: true for the identities that Berth's components write as; impersonation counts for who impersonates. */
export const isOurs = ({ user }: Write): boolean => user.startsWith(`system:serviceaccount:${SYSTEM_NAMESPACE}:`);

/** Events tell people; nothing waits for them, and the budget of writes (docs/design.md) has them apart. */
export const isEvent = ({ resource }: Write): boolean => /^events(\.|$)/.test(resource);

/** Pure: our writes that came between two times (milliseconds since 1970), by what they are for. */
export function classify(writes: readonly Write[], from: number, to: number): Writes {
  const ours = writes.filter((write) => isOurs(write) && write.at >= from && write.at < to);
  const forPods = ours.filter(({ resource }) => !OF_THE_FLEET.has(resource));
  return {
    forPods: forPods.filter(({ code }) => code < 400),
    failed: forPods.filter(({ code }) => code >= 400),
    forFleet: ours.filter(({ resource }) => OF_THE_FLEET.has(resource)),
  };
}

/** Pure: lines `verb resource`, by whom and how often; per pod where `pods` are told. */
export function writeTable(writes: readonly Write[], pods?: number): string[][] {
  return groupWrites(writes).map((group) => [
    what(group),
    who(group),
    group.code < 400 ? '' : String(group.code),
    pods === undefined ? String(group.count) : (group.count / pods).toFixed(2),
  ]);
}

const what = ({ verb, resource, subresource }: WriteCount): string =>
  `${verb} ${resource.replace(`.${GROUP}`, '')}${subresource === '' ? '' : `/${subresource}`}`;

const who = ({ user, impersonated }: WriteCount): string => impersonated ?? user.slice(user.lastIndexOf(':') + 1);

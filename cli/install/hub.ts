/** What the hub holds for Berth: identities and what each may do (invariant 10). */
import { GROUP, SYSTEM_NAMESPACE } from '../../api/index.ts';
import {
  type Applied,
  clusterRole,
  clusterRoleBinding,
  electionObjects,
  namespace,
  READ,
  type Rule,
  rule,
  type Subject,
  serviceAccount,
} from './objects.ts';

export const SCHEDULER_ACCOUNT = 'scheduler';
/** Lease that the working scheduler holds. */
export const SCHEDULER_LEASE = 'scheduler';

/** Service account on the hub of a member's agent. */
export const agentAccount = (cluster: string): string => `agent-${cluster}`;

const account = (name: string): Subject => ({ kind: 'ServiceAccount', namespace: SYSTEM_NAMESPACE, name });

const LEASES = 'coordination.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

/** Roles that the scheduler binds in the namespaces of members and pairs. */
const MEMBER_ROLE = 'berth-hub-member';
const SOURCE_ROLE = 'berth-hub-source';
const TARGET_ROLE = 'berth-hub-target';

const schedulerRules: Rule[] = [
  rule(GROUP, ['clusters', 'clusterobservations', 'nodepoolobservations', 'podobservations', 'poddelegations'], READ),
  rule(GROUP, ['poddecisions'], [...READ, 'create', 'patch']),
  rule(GROUP, ['clusters/status', 'podobservations/status'], ['patch']),
  rule(LEASES, ['leases'], READ),
  rule('', ['namespaces'], [...READ, 'create']),
  rule(RBAC, ['rolebindings'], [...READ, 'create']),
  rule(RBAC, ['clusterroles'], ['bind'], [MEMBER_ROLE, SOURCE_ROLE, TARGET_ROLE]),
];

const memberRules: Rule[] = [
  rule(GROUP, ['podobservations'], [...READ, 'create', 'delete']),
  rule(GROUP, ['poddecisions'], READ),
  rule(GROUP, ['clusterobservations', 'nodepoolobservations'], [...READ, 'create', 'patch', 'delete']),
  rule(LEASES, ['leases'], ['get', 'create', 'patch']),
];

/** The source's half of a delegation is its spec, the target's its status and its removal. */
const sourceRules: Rule[] = [rule(GROUP, ['poddelegations'], [...READ, 'create', 'patch'])];
const targetRules: Rule[] = [
  rule(GROUP, ['poddelegations'], [...READ, 'delete']),
  rule(GROUP, ['poddelegations/status'], ['patch']),
];

/** Objects of the hub that do not depend on the members. */
export const hubObjects = (): Applied[] => [
  namespace(SYSTEM_NAMESPACE),
  serviceAccount(SYSTEM_NAMESPACE, SCHEDULER_ACCOUNT),
  clusterRole('berth-scheduler', schedulerRules),
  clusterRoleBinding('berth-scheduler', 'berth-scheduler', [account(SCHEDULER_ACCOUNT)]),
  ...electionObjects(SCHEDULER_LEASE, account(SCHEDULER_ACCOUNT)),
  clusterRole(MEMBER_ROLE, memberRules),
  clusterRole(SOURCE_ROLE, sourceRules),
  clusterRole(TARGET_ROLE, targetRules),
];

/** A member's identity on the hub; it may read its own `Cluster`, all else comes by the scheduler's bindings. */
export function hubMemberObjects(cluster: string): Applied[] {
  const name = `berth-agent-${cluster}`;
  return [
    serviceAccount(SYSTEM_NAMESPACE, agentAccount(cluster)),
    clusterRole(name, [rule(GROUP, ['clusters'], READ, [cluster])]),
    clusterRoleBinding(name, name, [account(agentAccount(cluster))]),
  ];
}

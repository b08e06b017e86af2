/** What the hub holds for Berth: identities and what each may do, and why (invariant 10; docs/access.md). */
import { agentAccount, GROUP, HEARTBEAT_LEASE, RELAY, SYSTEM_NAMESPACE } from '../../api/index.ts';
import {
  type Applied,
  boundRole,
  clusterRole,
  clusterRoleBinding,
  configMap,
  electionRights,
  FOLLOW,
  namespace,
  type Right,
  rule,
  type Subject,
  serviceAccount,
} from './objects.ts';

export const SCHEDULER_ACCOUNT = 'scheduler';
/** Lease that the working scheduler holds. */
export const SCHEDULER_LEASE = 'scheduler';

/** Service account on the hub of the relay. */
export const RELAY_ACCOUNT = 'relay';

const account = (name: string): Subject => ({ kind: 'ServiceAccount', namespace: SYSTEM_NAMESPACE, name });

const LEASES = 'coordination.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

/** Roles that the scheduler binds in the namespaces of members and pairs. */
const MEMBER_ROLE = 'berth-hub-member';
const SOURCE_ROLE = 'berth-hub-source';
const TARGET_ROLE = 'berth-hub-target';

/** Of the scheduler, everywhere on the hub: members and pairs come and go, so it cannot be told their namespaces. */
export const SCHEDULER_RIGHTS: Right[] = [
  {
    why: 'knows members, their rooms, what waits and what is delegated',
    rules: [
      rule(
        GROUP,
        ['clusters', 'clusterobservations', 'nodepoolobservations', 'podobservations', 'poddelegations'],
        FOLLOW,
      ),
    ],
  },
  {
    why: 'decides; `get` reads the decision that won over its own',
    rules: [rule(GROUP, ['poddecisions'], ['get', ...FOLLOW, 'create', 'patch'])],
  },
  {
    why: 'says who is ready and why a pod waits',
    rules: [rule(GROUP, ['clusters/status', 'podobservations/status'], ['patch'])],
  },
  { why: 'hears the heartbeats of agents', rules: [rule(LEASES, ['leases'], FOLLOW, [HEARTBEAT_LEASE])] },
  { why: 'makes the namespaces of members and pairs', rules: [rule('', ['namespaces'], [...FOLLOW, 'create'])] },
  {
    why: 'gives members their part of these namespaces',
    rules: [
      rule(RBAC, ['rolebindings'], [...FOLLOW, 'create']),
      rule(RBAC, ['clusterroles'], ['bind'], [MEMBER_ROLE, SOURCE_ROLE, TARGET_ROLE]),
    ],
  },
  {
    why: 'takes the part in a pair back that is not allowed any more',
    rules: [rule(RBAC, ['rolebindings'], ['get', 'delete'], ['berth-source', 'berth-target'])],
  },
];

/** Of an agent, in its own namespace. */
export const MEMBER_RIGHTS: Right[] = [
  {
    why: 'tells of proxies that wait and takes them back; `get` asks whether one that could not be deleted is there',
    rules: [rule(GROUP, ['podobservations'], ['get', ...FOLLOW, 'create', 'delete'])],
  },
  { why: 'hears where its pods go', rules: [rule(GROUP, ['poddecisions'], FOLLOW)] },
  { why: 'tells what its cluster is', rules: [rule(GROUP, ['clusterobservations'], ['create', 'patch'])] },
  {
    why: 'tells the room of its pools; `get` as above',
    rules: [rule(GROUP, ['nodepoolobservations'], ['get', 'list', 'create', 'patch', 'delete'])],
  },
  {
    why: 'says that it is alive',
    rules: [rule(LEASES, ['leases'], ['create']), rule(LEASES, ['leases'], ['patch'], [HEARTBEAT_LEASE])],
  },
];

/** Of the source of a pair, in the pair's namespace: what is wanted. */
export const SOURCE_RIGHTS: Right[] = [
  {
    why: "asks for delegates and withdraws them: the source's half, spec without status",
    rules: [rule(GROUP, ['poddelegations'], [...FOLLOW, 'create', 'patch'])],
  },
  { why: 'sends along what follows a pod', rules: [rule('', ['secrets'], ['create'])] },
];

/** Of the target of a pair, in the pair's namespace: what is, and the removal that confirms the end. */
export const TARGET_RIGHTS: Right[] = [
  {
    why: "reports on delegates: the target's half, status without spec",
    rules: [rule(GROUP, ['poddelegations'], FOLLOW), rule(GROUP, ['poddelegations/status'], ['patch'])],
  },
  {
    why: 'confirms that a delegate is gone; `get` as above',
    rules: [rule(GROUP, ['poddelegations'], ['get', 'delete'])],
  },
  { why: 'reads what follows a delegate', rules: [rule('', ['secrets'], ['get'])] },
];

/** Of an agent, cluster-wide. */
export const ownClusterRights = (cluster: string): Right[] => [
  {
    why: 'knows the agents of sources by their tokens, where they reach it without the relay',
    rules: [rule('authentication.k8s.io', ['tokenreviews'], ['create'])],
  },
  { why: 'hears with whom it shares a pair', rules: [rule(GROUP, ['clusters'], FOLLOW, [cluster])] },
];

/** Of an agent, in our namespace on the hub. */
export const streamRights = (cluster: string): Right[] => [
  { why: 'knows where the relay of streams is', rules: [rule('', ['configmaps'], ['get'], [RELAY.configMap])] },
  {
    why: 'asks for tokens of its own that are good for the relay, or for the agent of one target, only',
    rules: [rule('', ['serviceaccounts/token'], ['create'], [agentAccount(cluster)])],
  },
];

/** Of the relay, everywhere on the hub. */
export const RELAY_RIGHTS: Right[] = [
  { why: 'knows agents by their tokens', rules: [rule('authentication.k8s.io', ['tokenreviews'], ['create'])] },
  {
    why: 'asks whether a source may delegate to a target',
    rules: [rule('authorization.k8s.io', ['subjectaccessreviews'], ['create'])],
  },
];

/** Of the relay, in our namespace. */
export const ANNOUNCE_RELAY_RIGHTS: Right[] = [
  { why: 'says where it is', rules: [rule('', ['configmaps'], ['patch'], [RELAY.configMap])] },
];

/** Objects of the hub that do not depend on the members. */
export const hubObjects = (): Applied[] => [
  namespace(SYSTEM_NAMESPACE),
  serviceAccount(SYSTEM_NAMESPACE, SCHEDULER_ACCOUNT),
  clusterRole('berth-scheduler', SCHEDULER_RIGHTS),
  clusterRoleBinding('berth-scheduler', 'berth-scheduler', [account(SCHEDULER_ACCOUNT)]),
  ...boundRole(SYSTEM_NAMESPACE, 'berth-scheduler', electionRights(SCHEDULER_LEASE), [account(SCHEDULER_ACCOUNT)]),
  serviceAccount(SYSTEM_NAMESPACE, RELAY_ACCOUNT),
  clusterRole('berth-relay', RELAY_RIGHTS),
  clusterRoleBinding('berth-relay', 'berth-relay', [account(RELAY_ACCOUNT)]),
  ...boundRole(SYSTEM_NAMESPACE, 'berth-relay', ANNOUNCE_RELAY_RIGHTS, [account(RELAY_ACCOUNT)]),
  configMap(SYSTEM_NAMESPACE, RELAY.configMap),
  clusterRole(MEMBER_ROLE, MEMBER_RIGHTS),
  clusterRole(SOURCE_ROLE, SOURCE_RIGHTS),
  clusterRole(TARGET_ROLE, TARGET_RIGHTS),
];

/** A member's identity on the hub; it may follow its own `Cluster`, all else comes by the scheduler's bindings. */
export function hubMemberObjects(cluster: string): Applied[] {
  const name = `berth-agent-${cluster}`;
  return [
    serviceAccount(SYSTEM_NAMESPACE, agentAccount(cluster)),
    clusterRole(name, ownClusterRights(cluster)),
    clusterRoleBinding(name, name, [account(agentAccount(cluster))]),
    ...boundRole(SYSTEM_NAMESPACE, name, streamRights(cluster), [account(agentAccount(cluster))]),
  ];
}

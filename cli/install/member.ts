/** What a member cluster holds for Berth: the agent's identity, and one user per source that may create delegates. */
import { SYSTEM_NAMESPACE, sourceUser } from '../../api/index.ts';
import {
  type Applied,
  clusterRole,
  clusterRoleBinding,
  electionObjects,
  namespace,
  READ,
  type Rule,
  roleBinding,
  rule,
  serviceAccount,
} from './objects.ts';

export const AGENT_ACCOUNT = 'agent';
/** Lease that the working agent holds. */
export const AGENT_LEASE = 'agent';
const agent = { kind: 'ServiceAccount', namespace: SYSTEM_NAMESPACE, name: AGENT_ACCOUNT } as const;
const AGENT_ROLE = 'berth-agent';
const DELEGATE_ROLE = 'berth-delegate-creator';

/** @param sources clusters whose delegates the agent may create, each by impersonating that source's user. */
const agentRules = (sources: string[]): Rule[] => [
  rule('', ['pods'], [...READ, 'delete']),
  rule('', ['pods/status'], ['patch']),
  rule('', ['pods/binding'], ['create']),
  rule('', ['nodes'], [...READ, 'create', 'patch']),
  rule('', ['nodes/status'], ['patch']),
  rule('', ['events'], ['create']),
  rule('coordination.k8s.io', ['leases'], ['create', 'patch']),
  ...(sources.length === 0 ? [] : [rule('', ['users'], ['impersonate'], sources.map(sourceUser))]),
];

/** @param namespaces where delegates may run; `*` is everywhere. */
export function memberObjects(sources: string[], namespaces: string[]): Applied[] {
  return [
    namespace(SYSTEM_NAMESPACE),
    serviceAccount(SYSTEM_NAMESPACE, AGENT_ACCOUNT),
    clusterRole(AGENT_ROLE, agentRules(sources)),
    clusterRoleBinding(AGENT_ROLE, AGENT_ROLE, [agent]),
    ...electionObjects(AGENT_LEASE, agent),
    clusterRole(DELEGATE_ROLE, [rule('', ['pods'], ['create', 'patch'])]),
    ...sources.flatMap((source) => delegateBindings(source, namespaces)),
  ];
}

function delegateBindings(source: string, namespaces: string[]): Applied[] {
  const name = `berth-source-${source}`;
  const subjects = [{ kind: 'User', name: sourceUser(source) } as const];
  if (namespaces.includes('*')) return [clusterRoleBinding(name, DELEGATE_ROLE, subjects)];
  return namespaces.map((inNamespace) => roleBinding(inNamespace, name, DELEGATE_ROLE, subjects));
}

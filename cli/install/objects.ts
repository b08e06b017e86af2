/** Small builders for the RBAC objects that `berth up` applies. */
import { type KubeObject, SYSTEM_NAMESPACE } from '../../api/index.ts';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

export type Subject = { kind: 'ServiceAccount'; namespace: string; name: string } | { kind: 'User'; name: string };

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const LABELS = { 'app.kubernetes.io/managed-by': 'berth' };

export type Applied = KubeObject & { apiVersion: string; kind: string; [field: string]: unknown };

export const namespace = (name: string): Applied => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: LABELS },
});

export const serviceAccount = (inNamespace: string, name: string): Applied => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: inNamespace, name, labels: LABELS },
});

export const clusterRole = (name: string, rules: Rule[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'ClusterRole',
  metadata: { name, labels: LABELS },
  rules,
});

const binding = (role: string, subjects: Subject[]) => ({
  roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role },
  subjects: subjects.map((subject) => (subject.kind === 'User' ? { ...subject, apiGroup: RBAC_GROUP } : subject)),
});

export const clusterRoleBinding = (name: string, role: string, subjects: Subject[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels: LABELS },
  ...binding(role, subjects),
});

export const roleBinding = (inNamespace: string, name: string, role: string, subjects: Subject[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'RoleBinding',
  metadata: { namespace: inNamespace, name, labels: LABELS },
  ...binding(role, subjects),
});

/** Rule over resources of one API group. */
export const rule = (group: string, resources: string[], verbs: string[], resourceNames?: string[]): Rule => ({
  apiGroups: [group],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

export const READ = ['get', 'list', 'watch'];

/** Lets one account hold one Lease in our namespace: of several processes the one that holds it works. */
export function electionObjects(lease: string, account: Subject): Applied[] {
  const name = `berth-election-${lease}`;
  const group = 'coordination.k8s.io';
  return [
    // A create has no name yet that a rule could ask for.
    clusterRole(name, [rule(group, ['leases'], ['create']), rule(group, ['leases'], ['get', 'update'], [lease])]),
    roleBinding(SYSTEM_NAMESPACE, name, name, [account]),
  ];
}

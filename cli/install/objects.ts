/** Small builders for the RBAC objects that `berth up` applies. */
import { type KubeObject, MANAGED_BY } from '../../api/index.ts';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** Rules of a role, and why it needs them: the test of access prints the reasons beside what is allowed (docs/access.md). */
export interface Right {
  why: string;
  rules: Rule[];
}

export type Subject = { kind: 'ServiceAccount'; namespace: string; name: string } | { kind: 'User'; name: string };

const RBAC_GROUP = 'rbac.authorization.k8s.io';
export type Applied = KubeObject & { apiVersion: string; kind: string; [field: string]: unknown };

export const namespace = (name: string): Applied => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: MANAGED_BY },
});

export const serviceAccount = (inNamespace: string, name: string): Applied => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: inNamespace, name, labels: MANAGED_BY },
});

const role = (kind: string, metadata: KubeObject['metadata'], rights: Right[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind,
  metadata: { ...metadata, labels: MANAGED_BY },
  rules: rights.flatMap(({ rules }) => rules),
});

export const clusterRole = (name: string, rights: Right[]): Applied => role('ClusterRole', { name }, rights);

/** A role in one namespace, and the binding of the same name that gives it away. */
export const boundRole = (inNamespace: string, name: string, rights: Right[], subjects: Subject[]): Applied[] => [
  role('Role', { namespace: inNamespace, name }, rights),
  {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace: inNamespace, name, labels: MANAGED_BY },
    ...binding(name, subjects, 'Role'),
  },
];

const binding = (role: string, subjects: Subject[], kind = 'ClusterRole') => ({
  roleRef: { apiGroup: RBAC_GROUP, kind, name: role },
  subjects: subjects.map((subject) => (subject.kind === 'User' ? { ...subject, apiGroup: RBAC_GROUP } : subject)),
});

export const clusterRoleBinding = (name: string, role: string, subjects: Subject[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels: MANAGED_BY },
  ...binding(role, subjects),
});

export const roleBinding = (inNamespace: string, name: string, role: string, subjects: Subject[]): Applied => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'RoleBinding',
  metadata: { namespace: inNamespace, name, labels: MANAGED_BY },
  ...binding(role, subjects),
});

export const configMap = (inNamespace: string, name: string): Applied => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: inNamespace, name, labels: MANAGED_BY },
});

/** Rule over resources of one API group. */
export const rule = (group: string, resources: string[], verbs: string[], resourceNames?: string[]): Rule => ({
  apiGroups: [group],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

/** What a cache needs; single objects are read under rights of their own. */
export const FOLLOW = ['list', 'watch'];

/** In our namespace: of several processes the one that holds the Lease works. */
export const electionRights = (lease: string): Right[] => [
  {
    why: 'of several processes, only the one that holds this Lease works',
    // A create has no name yet that a rule could ask for.
    rules: [
      rule('coordination.k8s.io', ['leases'], ['create']),
      rule('coordination.k8s.io', ['leases'], ['get', 'update'], [lease]),
    ],
  },
];

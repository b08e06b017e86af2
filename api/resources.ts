/** The kinds that Berth talks about, by the plural in their path. A static table: discovery would only slow us. */
import { GROUP, VERSION } from './names.ts';

interface Resource {
  group: string;
  version: string;
  kind: string;
  namespaced: boolean;
}

const core = (kind: string, namespaced: boolean): Resource => ({ group: '', version: 'v1', kind, namespaced });
const ours = (kind: string, namespaced: boolean): Resource => ({ group: GROUP, version: VERSION, kind, namespaced });
const rbac = (kind: string, namespaced: boolean): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  namespaced,
});

export const RESOURCES = {
  pods: core('Pod', true),
  nodes: core('Node', false),
  namespaces: core('Namespace', false),
  configmaps: core('ConfigMap', true),
  events: core('Event', true),
  secrets: core('Secret', true),
  serviceaccounts: core('ServiceAccount', true),
  leases: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', namespaced: true },
  roles: rbac('Role', true),
  rolebindings: rbac('RoleBinding', true),
  clusterroles: rbac('ClusterRole', false),
  clusterrolebindings: rbac('ClusterRoleBinding', false),
  customresourcedefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  mutatingwebhookconfigurations: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
  validatingadmissionpolicies: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingAdmissionPolicy',
    namespaced: false,
  },
  validatingadmissionpolicybindings: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
  },
  subjectaccessreviews: {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SubjectAccessReview',
    namespaced: false,
  },
  tokenreviews: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', namespaced: false },
  certificatesigningrequests: {
    group: 'certificates.k8s.io',
    version: 'v1',
    kind: 'CertificateSigningRequest',
    namespaced: false,
  },
  priorityclasses: { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', namespaced: false },
  workflowtaskresults: { group: 'argoproj.io', version: 'v1alpha1', kind: 'WorkflowTaskResult', namespaced: true },
  clusters: ours('Cluster', false),
  clusterobservations: ours('ClusterObservation', true),
  nodepoolobservations: ours('NodePoolObservation', true),
  podobservations: ours('PodObservation', true),
  poddecisions: ours('PodDecision', true),
  poddelegations: ours('PodDelegation', true),
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof RESOURCES;

/** `v1` or `group/version`, as objects of the resource carry it. */
export function apiVersionOf(resource: ResourceName): string {
  const { group, version } = RESOURCES[resource];
  return group === '' ? version : `${group}/${version}`;
}

/** Path of a collection, an object or a subresource. `namespace` undefined asks for all namespaces. */
export function resourcePath(resource: ResourceName, namespace?: string, name?: string, subresource?: string): string {
  const { group, version } = RESOURCES[resource];
  const parts = group === '' ? ['/api', version] : ['/apis', group, version];
  if (namespace !== undefined) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

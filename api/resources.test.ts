import { describe, expect, it } from 'vitest';
import { apiVersionOf, RESOURCES, resourcePath } from './resources.ts';

it.each([
  ['pods', 'v1', 'Pod', true],
  ['nodes', 'v1', 'Node', false],
  ['namespaces', 'v1', 'Namespace', false],
  ['configmaps', 'v1', 'ConfigMap', true],
  ['events', 'v1', 'Event', true],
  ['secrets', 'v1', 'Secret', true],
  ['serviceaccounts', 'v1', 'ServiceAccount', true],
  ['leases', 'coordination.k8s.io/v1', 'Lease', true],
  ['roles', 'rbac.authorization.k8s.io/v1', 'Role', true],
  ['rolebindings', 'rbac.authorization.k8s.io/v1', 'RoleBinding', true],
  ['clusterroles', 'rbac.authorization.k8s.io/v1', 'ClusterRole', false],
  ['clusterrolebindings', 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', false],
  ['customresourcedefinitions', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', false],
  ['mutatingwebhookconfigurations', 'admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', false],
  ['validatingadmissionpolicies', 'admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', false],
  ['validatingadmissionpolicybindings', 'admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', false],
  ['certificatesigningrequests', 'certificates.k8s.io/v1', 'CertificateSigningRequest', false],
  ['priorityclasses', 'scheduling.k8s.io/v1', 'PriorityClass', false],
  ['clusters', 'multicluster.admiralty.io/v1alpha1', 'Cluster', false],
  ['clusterobservations', 'multicluster.admiralty.io/v1alpha1', 'ClusterObservation', true],
  ['nodepoolobservations', 'multicluster.admiralty.io/v1alpha1', 'NodePoolObservation', true],
  ['podobservations', 'multicluster.admiralty.io/v1alpha1', 'PodObservation', true],
  ['poddecisions', 'multicluster.admiralty.io/v1alpha1', 'PodDecision', true],
  ['poddelegations', 'multicluster.admiralty.io/v1alpha1', 'PodDelegation', true],
] as const)('knows %s of %s', (resource, apiVersion, kind, namespaced) => {
  expect(apiVersionOf(resource)).toBe(apiVersion);
  expect(RESOURCES[resource]).toMatchObject({ kind, namespaced });
});

describe('resourcePath', () => {
  const ours = '/apis/multicluster.admiralty.io/v1alpha1';

  it.each<[path: string, ...args: Parameters<typeof resourcePath>]>([
    ['/api/v1/pods', 'pods'],
    ['/api/v1/namespaces/default/pods', 'pods', 'default'],
    ['/api/v1/namespaces/default/pods/p', 'pods', 'default', 'p'],
    ['/api/v1/namespaces/default/pods/p/binding', 'pods', 'default', 'p', 'binding'],
    ['/api/v1/nodes/n', 'nodes', undefined, 'n'],
    ['/api/v1/nodes/n/status', 'nodes', undefined, 'n', 'status'],
    ['/api/v1/namespaces/berth-a', 'namespaces', undefined, 'berth-a'],
    ['/apis/coordination.k8s.io/v1/namespaces/berth-a/leases/agent', 'leases', 'berth-a', 'agent'],
    [`${ours}/clusters`, 'clusters'],
    [`${ours}/clusters/a`, 'clusters', undefined, 'a'],
    [`${ours}/poddelegations`, 'poddelegations'],
    [`${ours}/namespaces/berth-a--b/poddelegations/u/status`, 'poddelegations', 'berth-a--b', 'u', 'status'],
  ])('is %s', (path, ...args) => {
    expect(resourcePath(...args)).toBe(path);
  });

  it('lets no name lead elsewhere', () => {
    expect(resourcePath('pods', 'a/b', '../c?d')).toBe('/api/v1/namespaces/a%2Fb/pods/..%2Fc%3Fd');
  });
});

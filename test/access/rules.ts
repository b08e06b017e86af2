/** What an API server says that a user may do, taken apart into single permissions that can be compared. */
import type { Right, Rule } from '../../cli/install/objects.ts';
import type { ApiClient } from '../../kube/index.ts';

/** One verb on one resource: `get pods`, `patch leases.coordination.k8s.io/agent`: the name only where it is limited. */
export interface Permission {
  verb: string;
  /** `resource.group`, or the resource alone in the core group; with its subresource. */
  resource: string;
  name?: string;
}

export const print = ({ verb, resource, name }: Permission): string =>
  `${verb} ${resource}${name === undefined ? '' : ` ${name}`}`;

const qualified = (group: string, resource: string): string => (group === '' ? resource : `${resource}.${group}`);

export function permissionsOf({ apiGroups, resources, verbs, resourceNames = [] }: Partial<Rule>): Permission[] {
  const named = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ name }));
  return (apiGroups ?? []).flatMap((group) =>
    (resources ?? []).flatMap((resource) =>
      (verbs ?? []).flatMap((verb) => named.map((limit) => ({ verb, resource: qualified(group, resource), ...limit }))),
    ),
  );
}

export const permissionsOfRight = ({ rules }: Right): Permission[] => rules.flatMap(permissionsOf);

interface RulesReview {
  status: { resourceRules: Partial<Rule>[] };
}

/** All that RBAC gives the client's user in a namespace, with what it has cluster-wide. */
export async function permissionsIn(client: ApiClient, namespace: string): Promise<Permission[]> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const text = await client.raw('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { body });
  return (JSON.parse(text) as RulesReview).status.resourceRules.flatMap(permissionsOf);
}

interface ResourceList {
  groupVersion: string;
  resources: { name: string; namespaced: boolean; verbs: string[]; group?: string }[];
}

export interface Served {
  group: string;
  /** With its subresource. */
  resource: string;
  verbs: string[];
  namespaced: boolean;
}

/** Verbs that no discovery tells of. */
const UNSERVED: Served[] = [
  { group: '', resource: 'users', verbs: ['impersonate'], namespaced: false },
  { group: '', resource: 'groups', verbs: ['impersonate'], namespaced: false },
  { group: '', resource: 'serviceaccounts', verbs: ['impersonate'], namespaced: true },
  { group: 'authentication.k8s.io', resource: 'uids', verbs: ['impersonate'], namespaced: false },
  { group: 'authentication.k8s.io', resource: 'userextras/scopes', verbs: ['impersonate'], namespaced: false },
  ...['roles', 'clusterroles'].map((resource) => ({
    group: 'rbac.authorization.k8s.io',
    resource,
    verbs: ['bind', 'escalate'],
    namespaced: resource === 'roles',
  })),
  { group: 'certificates.k8s.io', resource: 'signers', verbs: ['approve', 'sign', 'attest'], namespaced: false },
];

/** Everything that an API server serves, and what can only be allowed. */
export async function served(client: ApiClient): Promise<Served[]> {
  const get = async <T>(path: string) => JSON.parse(await client.raw('GET', path)) as T;
  const { groups } = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const paths = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(paths.map((path) => get<ResourceList>(path)));
  const found = lists.flatMap(({ groupVersion, resources }) =>
    resources.map(({ name, verbs, namespaced }) => ({
      group: groupVersion.includes('/') ? (groupVersion.split('/')[0] ?? '') : '',
      resource: name,
      verbs,
      namespaced,
    })),
  );
  return [...found, ...UNSERVED];
}

/** Whether the client's user may; the API server's own answer. An empty namespace asks for all of them. */
export async function isAllowed(
  client: ApiClient,
  { group, resource }: Served,
  { verb, namespace, name = '' }: { verb: string; namespace: string; name?: string | undefined },
): Promise<boolean> {
  const [plural, subresource = ''] = resource.split('/');
  const resourceAttributes = { group, resource: plural, subresource, verb, namespace, name };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const text = await client.raw('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body });
  return (JSON.parse(text) as { status: { allowed: boolean } }).status.allowed;
}

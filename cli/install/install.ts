/** Brings hub and members into the state that Berth needs. Everything is applied, so a second time changes nothing. */
import { API_VERSION, type Cluster, type KubeObject, memberNamespace } from '../../api/index.ts';
import { type ApiClient, applyAll, isAlreadyExists, isNotFound, sleep, waitForCrds } from '../../kube/index.ts';
import { installResults } from './argo.ts';
import { checkCrds, readCrds } from './crds.ts';
import { listOurs, removeEach } from './delete.ts';
import { hubMemberObjects, hubObjects } from './hub.ts';
import type { Identified } from './identity.ts';
import { type MemberPart, memberObjects, SOURCE_BINDING } from './member.ts';
import type { Applied } from './objects.ts';
import { policyObjects } from './policy.ts';
import { webhookObjects } from './webhook.ts';

export async function installHub(hub: ApiClient, members: string[], signal: AbortSignal): Promise<void> {
  const crds = await readCrds();
  await checkCrds(hub, crds, signal);
  await applyAll(hub, [...crds, ...hubObjects(), ...members.flatMap(hubMemberObjects)], signal);
  await waitForCrds(
    hub,
    crds.map(({ metadata }) => metadata.name),
    signal,
  );
}

/**
 * Gives a member its part, and takes from sources what it gave them before and does not any more.
 * @returns what the member cannot do, for its admin.
 */
export async function installMember(
  { name, client }: { name: string; client: ApiClient },
  part: MemberPart,
  signal: AbortSignal,
): Promise<string[]> {
  const objects = [...memberObjects(part), ...webhookObjects(name)];
  await installResults(client, signal);
  await applyAll(client, objects, signal);
  await removeStaleBindings(client, objects, signal);
  return installPolicy(client, part, signal);
}

async function removeStaleBindings(member: ApiClient, wanted: Applied[], signal: AbortSignal): Promise<void> {
  const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
  for (const [resource, kind] of [
    ['clusterrolebindings', 'ClusterRoleBinding'],
    ['rolebindings', 'RoleBinding'],
  ] as const) {
    const keep = new Set(wanted.filter((object) => object.kind === kind).map(keyOf));
    const items = await listOurs(member, resource, signal);
    const stale = items.filter((item) => item.metadata.name.startsWith(SOURCE_BINDING) && !keep.has(keyOf(item)));
    await removeEach(
      member,
      resource,
      stale.map(({ metadata }) => metadata),
      signal,
    );
  }
}

interface PriorityClass extends KubeObject {
  globalDefault?: boolean;
}

async function installPolicy(member: ApiClient, { cluster, accept }: MemberPart, signal: AbortSignal) {
  try {
    await member.list('validatingadmissionpolicies', { limit: 1, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [
      `${cluster}: no ValidatingAdmissionPolicy (Kubernetes 1.30 or later): service accounts and priority classes of delegates are not limited`,
    ];
  }
  const { items } = await member.list<PriorityClass>('priorityclasses', { signal });
  const usualPriorities = items.filter(({ globalDefault }) => globalDefault).map(({ metadata }) => metadata.name);
  await applyAll(member, policyObjects({ cluster, accept, usualPriorities }), signal);
  return [];
}

/**
 * Registers members, which then accept every other; what an admin wrote into an existing `Cluster` stays.
 * @returns all clusters that are registered, also those of other commands.
 */
export async function registerAll(hub: ApiClient, members: Identified[], signal: AbortSignal): Promise<Cluster[]> {
  await Promise.all(members.map((member) => register(hub, member, signal)));
  return (await hub.list<Cluster>('clusters', { signal })).items;
}

async function register(hub: ApiClient, { name, uid }: Identified, signal: AbortSignal): Promise<void> {
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name },
    spec: { uid, roles: ['Source', 'Target'], accept: { sources: ['*'], namespaces: ['*'] } },
  };
  try {
    await hub.create<Cluster>('clusters', cluster, { signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await hub.patch('clusters', name, { spec: { uid } }, { type: 'merge', signal });
  }
}

/** What a member has to do with the others. */
export function partOf(name: string, clusters: Cluster[]): Omit<MemberPart, 'servingCertificate'> {
  const names = clusters.map(({ metadata }) => metadata.name);
  const self = clusters.find(({ metadata }) => metadata.name === name);
  return {
    cluster: name,
    sources: self === undefined ? [] : names.filter((source) => accepts(self, source)),
    targets: clusters.filter((target) => accepts(target, name)).map(({ metadata }) => metadata.name),
    accept: self?.spec.accept ?? { sources: [], namespaces: [] },
  };
}

const accepts = ({ spec: { roles, accept } }: Cluster, source: string): boolean =>
  roles.includes('Target') && (accept.sources.includes('*') || accept.sources.includes(source));

const POLL_MS = 50;

/** Resolves when the scheduler has given every member its part of the hub: agents that ask before are refused. */
export async function waitForAccess(hub: ApiClient, members: string[], signal: AbortSignal): Promise<void> {
  for (const member of members) {
    while (!(await hasAccess(hub, memberNamespace(member), signal))) await sleep(POLL_MS, signal);
  }
}

async function hasAccess(hub: ApiClient, namespace: string, signal: AbortSignal): Promise<boolean> {
  const { items } = await hub.list<KubeObject>('rolebindings', { namespace, signal });
  return items.length > 0;
}

/** Brings hub and members into the state that Berth needs. Everything is applied, so a second time changes nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { API_VERSION, type Cluster, type KubeObject, memberNamespace } from '../../api/index.ts';
import { type ApiClient, applyAll, isNotFound, sleep, waitForCrds } from '../../kube/index.ts';
import { hubMemberObjects, hubObjects } from './hub.ts';
import { memberObjects } from './member.ts';
import type { Applied } from './objects.ts';

const CRDS = new URL('../../deploy/crds/', import.meta.url);

/** The CRDs as they are shipped. */
export async function readCrds(): Promise<Applied[]> {
  const files = (await readdir(CRDS)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map(async (file) => parse(await readFile(new URL(file, CRDS), 'utf8')) as Applied));
}

export async function installHub(hub: ApiClient, members: string[], signal: AbortSignal): Promise<void> {
  const crds = await readCrds();
  await applyAll(hub, [...crds, ...hubObjects(), ...members.flatMap(hubMemberObjects)], signal);
  await waitForCrds(
    hub,
    crds.map(({ metadata }) => metadata.name),
    signal,
  );
}

/** @param sources clusters that may send pods to this member. */
export async function installMember(member: ApiClient, sources: string[], namespaces: string[], signal: AbortSignal) {
  await applyAll(member, memberObjects(sources, namespaces), signal);
}

/**
 * Registers a member, which then accepts every other; what an admin wrote into an existing `Cluster` stays.
 * @returns the `Cluster` as the hub has it.
 */
export async function register(hub: ApiClient, name: string, signal: AbortSignal): Promise<Cluster> {
  try {
    return await hub.get<Cluster>('clusters', name, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name },
    spec: { roles: ['Source', 'Target'], accept: { sources: ['*'], namespaces: ['*'] } },
  };
  return hub.create<Cluster>('clusters', cluster, { signal });
}

/** Clusters of `all` whose pods `cluster` accepts. */
export function acceptedSources(cluster: Cluster, all: string[]): string[] {
  const { sources } = cluster.spec.accept;
  if (!cluster.spec.roles.includes('Target')) return [];
  return all.filter((name) => sources.includes('*') || sources.includes(name));
}

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

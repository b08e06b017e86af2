/** Brings hub and members into the state that Berth needs. Everything is applied, so a second time changes nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { API_VERSION, type Cluster, type KubeObject, memberNamespace } from '../../api/index.ts';
import { type ApiClient, applyAll, isAlreadyExists, sleep, waitForCrds } from '../../kube/index.ts';
import { hubMemberObjects, hubObjects } from './hub.ts';
import { type MemberPart, memberObjects } from './member.ts';
import type { Applied } from './objects.ts';
import { webhookObjects } from './webhook.ts';

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

export async function installMember(
  { name, client }: { name: string; client: ApiClient },
  part: MemberPart,
  signal: AbortSignal,
): Promise<void> {
  await applyAll(client, [...memberObjects(part), ...webhookObjects(name)], signal);
}

/**
 * Registers members, which then accept every other; what an admin wrote into an existing `Cluster` stays.
 * @returns all clusters that are registered, also those of other commands.
 */
export async function registerAll(hub: ApiClient, names: string[], signal: AbortSignal): Promise<Cluster[]> {
  await Promise.all(names.map((name) => register(hub, name, signal)));
  return (await hub.list<Cluster>('clusters', { signal })).items;
}

async function register(hub: ApiClient, name: string, signal: AbortSignal): Promise<void> {
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name },
    spec: { roles: ['Source', 'Target'], accept: { sources: ['*'], namespaces: ['*'] } },
  };
  try {
    await hub.create<Cluster>('clusters', cluster, { signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** What a member has to do with the others. */
export function partOf(name: string, clusters: Cluster[]): MemberPart {
  const names = clusters.map(({ metadata }) => metadata.name);
  const self = clusters.find(({ metadata }) => metadata.name === name);
  return {
    sources: self === undefined ? [] : names.filter((source) => accepts(self, source)),
    targets: clusters.filter((target) => accepts(target, name)).map(({ metadata }) => metadata.name),
    namespaces: self?.spec.accept.namespaces ?? [],
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

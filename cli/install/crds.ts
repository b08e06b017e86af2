/** The CRDs as they are shipped. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { UserError } from '../../api/index.ts';
import { type ApiClient, unlessMissing } from '../../kube/index.ts';
import type { Applied } from './objects.ts';

const CRDS = new URL('../../deploy/crds/', import.meta.url);

export async function readCrds(): Promise<Applied[]> {
  const files = (await readdir(CRDS)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map(async (file) => parse(await readFile(new URL(file, CRDS), 'utf8')) as Applied));
}

interface Crd extends Applied {
  spec: { names: { kind: string; categories?: string[] }; versions: { name: string }[] };
}

/**
 * Throws a UserError if the hub has a CRD by one of these names that is another project's, or that serves a version
 * which we do not know: applying ours would take that away. An older one of ours is no obstacle.
 */
export async function checkCrds(hub: ApiClient, crds: Applied[], signal: AbortSignal): Promise<void> {
  for (const wanted of crds as Crd[]) {
    const { name } = wanted.metadata;
    const found = await unlessMissing(hub.get<Crd>('customresourcedefinitions', name, { signal }));
    if (found === undefined) continue;
    if (found.spec.names.categories?.includes('berth') !== true)
      throw new UserError('ForeignCrd', `the hub has a CustomResourceDefinition ${name} that is not of Berth`);
    const known = wanted.spec.versions.map((version) => version.name);
    const unknown = found.spec.versions.find((version) => !known.includes(version.name));
    if (unknown !== undefined)
      throw new UserError('ForeignCrd', `the hub has ${name} in version ${unknown.name}, of a newer Berth`);
  }
}

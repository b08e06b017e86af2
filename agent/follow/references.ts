/**
 * What a pod refers to by name in its own namespace: it has to follow the pod into a cluster where there is none of that
 * name, or another. `sitesOf` knows where a pod may refer to something; what follows today is what Argo Workflows adds to
 * its steps (argo-workflows, workflow/controller/workflowpod.go): the Secrets of artifact repositories and the ConfigMap
 * of a template that is too large for the environment.
 */
import { type Container, copyName, type Followed, type Pod, type PodSpec } from '../../api/index.ts';

/** One place in a spec that names an object. */
interface Site extends Followed {
  optional: boolean;
  /** Changes the name in that very spec. */
  rename(name: string): void;
}

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The reference in `source[field]`, if it is one. */
function site(kind: Followed['kind'], source: unknown, field: string): Site[] {
  if (!isJson(source)) return [];
  const name = source[field];
  if (typeof name !== 'string' || name === '') return [];
  const rename = (to: string) => void Object.assign(source, { [field]: to });
  return [{ kind, name, optional: source['optional'] === true, rename }];
}

/** References in the volumes of a spec, by volume. */
function volumeSites(volume: Json): Site[] {
  const projected = isJson(volume['projected']) ? volume['projected']['sources'] : undefined;
  const sources = Array.isArray(projected) ? projected.filter(isJson) : [];
  return [
    ...site('Secret', volume['secret'], 'secretName'),
    ...site('ConfigMap', volume['configMap'], 'name'),
    ...sources.flatMap((source) => [
      ...site('Secret', source['secret'], 'name'),
      ...site('ConfigMap', source['configMap'], 'name'),
    ]),
  ];
}

const ENV_CONFIG = 'argo-env-config';
const SECRETS = '/argo/secret/';

/** True for a volume that Argo added to its step. */
function isArgos(volume: { name: string }, { containers, initContainers = [] }: PodSpec): boolean {
  if (volume.name === ENV_CONFIG) return true;
  const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts }: Container) => volumeMounts ?? []);
  const paths = mounts.filter(({ name }) => name === volume.name).map(({ mountPath }) => String(mountPath));
  return paths.length > 0 && paths.every((path) => path.startsWith(SECRETS));
}

const sitesOf = (spec: PodSpec): Site[] =>
  (spec.volumes ?? []).filter((volume) => isArgos(volume, spec)).flatMap(volumeSites);

/** What has to follow the pod, each once. What is optional stays at home: the pod does without. */
export function followersOf({ spec }: Pod): Followed[] {
  const needed = sitesOf(spec).filter(({ optional }) => !optional);
  const byKey = new Map(needed.map(({ kind, name }) => [`${kind}/${name}`, { kind, name }]));
  return [...byKey.values()];
}

/** The same spec, which refers to the copies that are made for this delegate. */
export function withCopies(spec: PodSpec, follow: readonly Followed[] | undefined, delegate: string): PodSpec {
  if (follow === undefined) return spec;
  const copy = structuredClone(spec);
  for (const { kind, name, rename } of sitesOf(copy)) {
    if (follow.some((one) => one.kind === kind && one.name === name)) rename(copyName(name, delegate));
  }
  return copy;
}

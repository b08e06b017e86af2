/** Steps of Argo Workflows that work in the cluster of their workflow only (docs/argo.md). */
import { ANNOTATION, ARGO, type Pod, type Reason } from '../api/index.ts';

/** Why a step stays at home, for people; undefined for all others. */
export function tieToHome(pod: Pod): string | undefined {
  const template = templateOf(pod);
  if (template?.daemon === true) return 'other steps reach a daemon step by an address of this cluster';
  const isPinned = ANNOTATION.clusterName in (pod.metadata.annotations ?? {});
  if (template?.resource && !isPinned) return 'a resource step works on objects of this cluster';
  const volume = volumeOfWorkflow(pod);
  return volume === undefined ? undefined : `volume ${volume} is made for the workflow in this cluster`;
}

/** Why a step cannot be where its annotation wants it; undefined if that names this cluster, or none. */
export function tornFromHome({ metadata }: Pod, cluster: string, tie: string): Reason | undefined {
  const named = metadata.annotations?.[ANNOTATION.clusterName];
  if (named === undefined || named.split(',').some((name) => name.trim() === cluster)) return undefined;
  return { reason: 'TiedToHome', message: `annotation ${ANNOTATION.clusterName} is not ${cluster}, but ${tie}` };
}

/** The claim of a `volumeClaimTemplate` is called after workflow and volume (argo-workflows, operator.go, createPVCs). */
function volumeOfWorkflow({ metadata, spec }: Pod): string | undefined {
  const workflow = metadata.labels?.[ARGO.workflow];
  if (workflow === undefined) return undefined;
  return spec.volumes?.find((volume) => claimOf(volume['persistentVolumeClaim']) === `${workflow}-${volume.name}`)
    ?.name;
}

const claimOf = (source: unknown): unknown => (source as { claimName?: unknown } | null | undefined)?.claimName;

const TEMPLATE = 'ARGO_TEMPLATE';

/** A template that is too large for an environment variable is in a ConfigMap; whoever writes such daemons pins them. */
function templateOf({ spec }: Pod): { daemon?: unknown; resource?: unknown } | null | undefined {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const template = containers.flatMap(({ env }) => env ?? []).find(({ name }) => name === TEMPLATE)?.value;
  try {
    return JSON.parse(template ?? 'null') as { daemon?: unknown; resource?: unknown } | null;
  } catch {
    return undefined; // no template of Argo's
  }
}

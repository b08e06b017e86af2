/** Takes from a manifest what the source's API server or its controllers added and what only makes sense there. */
import type { Container, PodSpec, Toleration } from '../../api/index.ts';

/** The target's own admission fills these in; other values than its own are refused (403). */
const SOURCE_ONLY = ['nodeName', 'priority', 'preemptionPolicy', 'overhead', 'schedulingGates', 'ephemeralContainers'];

const TOKEN_VOLUME = /^kube-api-access-/;
const DEFAULT_TOLERATION = /^node\.kubernetes\.io\/(not-ready|unreachable)$/;

const isDefaultToleration = (toleration: Toleration): boolean =>
  DEFAULT_TOLERATION.test(toleration.key ?? '') &&
  toleration.operator === 'Exists' &&
  toleration.effect === 'NoExecute' &&
  toleration.tolerationSeconds === 300;

function withoutTokenMount(container: Container, tokens: ReadonlySet<string>): Container {
  const { volumeMounts, ...rest } = container;
  const kept = volumeMounts?.filter((mount) => !tokens.has(mount.name)) ?? [];
  return kept.length === 0 ? rest : { ...rest, volumeMounts: kept };
}

/** A copy of the spec without the service account's token volume, default tolerations and what SOURCE_ONLY names. */
export function stripSpec(spec: PodSpec): PodSpec {
  const { volumes, tolerations, initContainers, ...rest } = spec;
  const isToken = (volume: { name: string; projected?: unknown }) =>
    TOKEN_VOLUME.test(volume.name) && volume.projected !== undefined;
  const tokens = new Set(volumes?.filter(isToken).map((volume) => volume.name));
  const keptVolumes = volumes?.filter((volume) => !tokens.has(volume.name)) ?? [];
  const keptTolerations = tolerations?.filter((toleration) => !isDefaultToleration(toleration)) ?? [];
  const stripped: PodSpec = {
    ...rest,
    containers: spec.containers.map((container) => withoutTokenMount(container, tokens)),
    ...(initContainers && { initContainers: initContainers.map((container) => withoutTokenMount(container, tokens)) }),
    ...(keptVolumes.length > 0 && { volumes: keptVolumes }),
    ...(keptTolerations.length > 0 && { tolerations: keptTolerations }),
  };
  for (const field of SOURCE_ONLY) delete stripped[field];
  return stripped;
}

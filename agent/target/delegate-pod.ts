/** PodDelegation in, delegate pod out: the original pod as the target shall see it (docs/design.md, section 6). */
import {
  ANNOTATION,
  DELEGATE,
  GROUP,
  hostName,
  isPod,
  type ObjectMeta,
  type Pod,
  type PodDelegation,
  type PodDelegationSpec,
  type PodSpec,
  type Reason,
} from '../../api/index.ts';
import { type Renames, renameLabels, sparedLabels } from './labels.ts';
import { followRenames } from './references.ts';
import { stripSpec } from './strip.ts';

const MAX_LABEL_VALUE = 63;

/** The pod in `spec.manifest`, or undefined if it is none. */
export function parseManifest(spec: PodDelegationSpec): Pod | undefined {
  try {
    const value: unknown = JSON.parse(spec.manifest);
    return isPod(value) ? value : undefined;
  } catch {
    return undefined; // the caller refuses with BadManifest: the text itself is too long to be a message
  }
}

/** True for annotations and labels in one of Berth's own domains: they never travel between clusters. */
export function isOurs(key: string): boolean {
  const domain = key.slice(0, Math.max(0, key.indexOf('/')));
  return domain === GROUP || domain.endsWith(`.${GROUP}`);
}

/** The annotations that travel. */
export const userAnnotations = (annotations: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !isOurs(key)));

/** What a delegate says of its origin. */
const origin = (spec: PodDelegationSpec): Record<string, string> => ({
  [DELEGATE.source]: spec.source,
  [DELEGATE.proxyNamespace]: spec.pod.namespace,
  [DELEGATE.proxyName]: spec.pod.name,
  [DELEGATE.proxyUid]: spec.pod.uid,
  [DELEGATE.attempt]: String(spec.attempt),
});

function delegateMeta(manifest: Pod, spec: PodDelegationSpec, renames: Renames): ObjectMeta {
  const labels = Object.entries(manifest.metadata.labels ?? {});
  const own = Object.entries(origin(spec));
  return {
    name: spec.delegate.name,
    namespace: spec.delegate.namespace,
    labels: Object.fromEntries([
      ...labels.map(([key, value]) => [renames.get(key) ?? key, value]),
      ...own.filter(([, value]) => value.length <= MAX_LABEL_VALUE), // else the API server refuses the pod
    ]),
    annotations: { ...userAnnotations(manifest.metadata.annotations), ...origin(spec) },
  };
}

function withHostName(spec: PodSpec, proxyName: string): PodSpec {
  const hostname = spec.hostname || spec['hostNetwork'] === true ? undefined : hostName(proxyName);
  return hostname === undefined ? spec : { ...spec, hostname };
}

/** The delegate of a delegation, or why there can be none (BadManifest, InvalidAnnotation). */
export function delegatePod(delegation: PodDelegation): Pod | Reason {
  const { spec } = delegation;
  const manifest = parseManifest(spec);
  if (manifest === undefined) return { reason: 'BadManifest', message: 'spec.manifest is not a pod in JSON' };
  const labels = manifest.metadata.labels ?? {};
  const spared = sparedLabels(labels, manifest.metadata.annotations?.[ANNOTATION.noPrefixLabelRegexp]);
  if ('reason' in spared) return spared;
  const renames = renameLabels(labels, spared);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: delegateMeta(manifest, spec, renames),
    spec: withHostName(followRenames(stripSpec(manifest.spec), renames), spec.pod.name),
  };
}

/** Whether a pod is the delegate that this delegation asks for: a name alone proves nothing. */
export const isDelegateOf = (pod: Pod, { spec }: PodDelegation): boolean =>
  pod.metadata.annotations?.[DELEGATE.proxyUid] === spec.pod.uid &&
  pod.metadata.labels?.[DELEGATE.source] === spec.source &&
  pod.metadata.name === spec.delegate.name &&
  pod.metadata.namespace === spec.delegate.namespace;

/** PodDelegation in, delegate pod out: the original pod as the target shall see it (docs/design.md, section 6). */
import {
  ANNOTATION,
  DELEGATE,
  hostName,
  isPod,
  type Pod,
  type PodDelegation,
  type PodDelegationSpec,
  type PodSpec,
  type Reason,
  withoutOurs,
} from '../../api/index.ts';
import { withCopies } from '../follow/references.ts';
import { amended, markOf } from './amendments.ts';
import { type Renames, renameLabels, sparedLabels } from './labels.ts';
import { followRenames } from './references.ts';
import { stripSpec } from './strip.ts';
import { resultNameOf, withResultName } from './task-result.ts';

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

/** What a delegate says of its origin. */
const origin = (spec: PodDelegationSpec): Record<string, string> => ({
  [DELEGATE.source]: spec.source,
  [DELEGATE.proxyNamespace]: spec.pod.namespace,
  [DELEGATE.proxyName]: spec.pod.name,
  [DELEGATE.proxyUid]: spec.pod.uid,
  [DELEGATE.attempt]: String(spec.attempt),
});

/** What a delegate carries, by the manifest and all amendments, and how its labels are called. */
export interface WantedMeta {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  renames: Renames;
}

/** Labels and annotations of the delegate, or why they cannot be worked out (InvalidAnnotation). */
export function wantedMeta(manifest: Pod, spec: PodDelegationSpec): WantedMeta | Reason {
  const { labels: before = {}, annotations } = manifest.metadata;
  const labels = amended(before, 'labels', spec.amendments);
  const all = { ...before, ...labels };
  const spared = sparedLabels(all, annotations?.[ANNOTATION.noPrefixLabelRegexp]);
  if ('reason' in spared) return spared;
  // Also of those that were taken away again: what they are called on the delegate has to be known for that.
  const later = spec.amendments?.filter(({ of }) => of === 'labels').map(({ key }) => key);
  const renames = renameLabels(before, spared, later);
  const own = Object.entries(origin(spec));
  const mark = markOf(spec.amendments);
  return {
    renames,
    labels: Object.fromEntries([
      ...Object.entries(labels).map(([key, value]) => [renames.get(key) ?? key, value]),
      ...own.filter(([, value]) => value.length <= MAX_LABEL_VALUE), // else the API server refuses the pod
    ]),
    annotations: {
      ...withoutOurs(amended(annotations, 'annotations', spec.amendments)),
      ...origin(spec),
      ...(mark !== undefined && { [DELEGATE.amended]: mark }),
    },
  };
}

/** All keys that a label of the proxy may have on the delegate: whether it is spared may hang on its value. */
export function labelKeysOf(key: string, { metadata }: Pod, { renames }: WantedMeta): string[] {
  const { labels: before = {}, annotations } = metadata;
  const spared = sparedLabels(before, annotations?.[ANNOTATION.noPrefixLabelRegexp]);
  const first = 'reason' in spared ? undefined : renameLabels(before, spared).get(key);
  return [...new Set([renames.get(key), first])].filter((each) => each !== undefined);
}

function withHostName(spec: PodSpec, proxyName: string): PodSpec {
  const hostname = spec.hostname || spec['hostNetwork'] === true ? undefined : hostName(proxyName);
  return hostname === undefined ? spec : { ...spec, hostname };
}

function delegateSpec(original: PodSpec, spec: PodDelegationSpec, renames: Renames): PodSpec {
  const renamed = followRenames(stripSpec(original), renames);
  const reporting = withResultName(renamed, resultNameOf(spec));
  return withHostName(withCopies(reporting, spec.follow, spec.delegate.name), spec.pod.name);
}

/** The delegate of a delegation, or why there can be none (BadManifest, InvalidAnnotation). */
export function delegatePod(delegation: PodDelegation): Pod | Reason {
  const { spec } = delegation;
  const manifest = parseManifest(spec);
  if (manifest === undefined) return { reason: 'BadManifest', message: 'spec.manifest is not a pod in JSON' };
  const meta = wantedMeta(manifest, spec);
  if ('reason' in meta) return meta;
  const { renames, labels, annotations } = meta;
  const { name, namespace } = spec.delegate;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations },
    spec: delegateSpec(manifest.spec, spec, renames),
  };
}

/** Whether a pod was made for this delegation: a name alone proves nothing. */
export const isMadeFor = (pod: Pod, { spec }: PodDelegation): boolean =>
  pod.metadata.annotations?.[DELEGATE.proxyUid] === spec.pod.uid &&
  pod.metadata.labels?.[DELEGATE.source] === spec.source &&
  pod.metadata.name === spec.delegate.name &&
  pod.metadata.namespace === spec.delegate.namespace;

/** Whether a pod is the delegate that this delegation asks for: once the hub was told its UID, no other is. */
export const isDelegateOf = (pod: Pod, delegation: PodDelegation): boolean =>
  isMadeFor(pod, delegation) &&
  (delegation.status?.delegate === undefined || delegation.status.delegate.uid === pod.metadata.uid);

/**
 * The owner's later changes of labels and annotations, put onto the delegate once each: what somebody in the target makes
 * of them afterwards is his, so that two who want different values do not write in turn for ever.
 */
import { type Action, DELEGATE, isTerminal, type Pod, type PodDelegation, sourceUser } from '../../api/index.ts';
import { markOf } from './amendments.ts';
import { labelKeysOf, parseManifest, wantedMeta } from './delegate-pod.ts';

type Changes = Record<string, string | null>;

/** One patch in the name of the source, or none. `refused`: the mark of amendments that the API server did not take. */
export function amend(pod: Pod, delegation: PodDelegation, refused: string | undefined): Action[] {
  const { amendments } = delegation.spec;
  const mark = markOf(amendments);
  const { annotations: has = {}, deletionTimestamp } = pod.metadata;
  if (mark === undefined || mark === refused || has[DELEGATE.amended] === mark) return [];
  if (deletionTimestamp !== undefined || isTerminal(pod.status)) return [];
  const changes = changesOf(pod, delegation);
  if (changes === undefined) return [];
  const { uid, namespace, name } = pod.metadata;
  return [
    {
      do: 'patch',
      at: 'home',
      resource: 'pods',
      ...(namespace !== undefined && { namespace }),
      name,
      type: 'merge',
      as: sourceUser(delegation.spec.source),
      body: { metadata: { uid, ...changes } },
    },
  ];
}

/** Only what was amended: all else on the delegate may be the target's own. */
function changesOf(pod: Pod, { spec }: PodDelegation): { labels?: Changes; annotations: Changes } | undefined {
  const manifest = parseManifest(spec);
  const wanted = manifest && wantedMeta(manifest, spec);
  if (manifest === undefined || wanted === undefined || 'reason' in wanted) return undefined;
  const labels: Changes = {};
  const annotations: Changes = { [DELEGATE.amended]: wanted.annotations[DELEGATE.amended] ?? null };
  for (const { of, key } of spec.amendments ?? []) {
    const keys = of === 'labels' ? labelKeysOf(key, manifest, wanted) : [key];
    for (const each of keys) {
      const value = wanted[of][each] ?? null;
      if ((pod.metadata[of]?.[each] ?? null) !== value) (of === 'labels' ? labels : annotations)[each] = value;
    }
  }
  return { ...(Object.keys(labels).length > 0 && { labels }), annotations };
}

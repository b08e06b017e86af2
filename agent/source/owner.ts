/**
 * Labels and annotations of a proxy have two authors: its owner, and for annotations also whatever runs in the target.
 * Who changed one last is told by comparing three: what the proxy carries, what the target was sent, and what was
 * mirrored from there, of which the proxy keeps hashes.
 */
import { type Amendment, ANNOTATION, hash, type Pod, withoutOurs } from '../../api/index.ts';

type Entries = Record<string, string>;

/** Labels and annotations in the manifest of a delegation. */
export interface SentMeta {
  labels?: Entries;
  annotations?: Entries;
}

const digest = (value: string | undefined): string => (value === undefined ? '' : hash(value));

/** What the proxy's annotations got from the target: hash by key. Empty if there is nothing, or nothing readable. */
export function mirroredOf({ metadata }: Pod): Entries {
  const text = metadata.annotations?.[ANNOTATION.mirrored];
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Entries) : {};
  } catch {
    return {}; // anybody can write an annotation; what was mirrored counts as the owner's then
  }
}

/** One key of the proxy, with all that is known of it. */
interface Entry {
  value: string | undefined;
  inManifest: string | undefined;
  amendment: Amendment | undefined;
  mirrored: string | undefined;
}

/** The value that the target was sent last. */
const sentValue = ({ inManifest, amendment }: Entry) => (amendment === undefined ? inManifest : amendment.value);

/** True if the owner changed it and the target does not know. */
function isNews(entry: Entry): boolean {
  const { value, amendment, mirrored } = entry;
  if (amendment !== undefined && amendment.value === value) return false;
  return digest(value) !== (mirrored ?? digest(sentValue(entry)));
}

/**
 * The amendments that the target should know; `before` itself if nothing changed. What was amended once stays in the
 * list, with its value of now, so that each list holds all that is needed to come from any earlier one to it.
 */
export function amendmentsOf(proxy: Pod, sent: SentMeta, before: readonly Amendment[]): readonly Amendment[] {
  const { labels, annotations } = proxy.metadata;
  const news = [
    ...newsIn('labels', labels, sent.labels, before, {}),
    ...newsIn('annotations', annotations, sent.annotations, before, mirroredOf(proxy)),
  ];
  if (news.length === 0) return before;
  const known = new Set(before.map(({ of, key }) => `${of} ${key}`));
  const all = [...before, ...news.filter(({ of, key }) => !known.has(`${of} ${key}`))];
  return all.map(({ of, key }) => {
    const value = proxy.metadata[of]?.[key];
    return { of, key, ...(value !== undefined && { value }) };
  });
}

function newsIn(
  of: Amendment['of'],
  now: Entries | undefined,
  sent: Entries | undefined,
  before: readonly Amendment[],
  mirrored: Entries,
): Pick<Amendment, 'of' | 'key'>[] {
  const [has, had] = [withoutOurs(now), withoutOurs(sent)];
  const amendments = new Map(before.filter((each) => each.of === of).map((each) => [each.key, each]));
  const keys = new Set([...Object.keys(has), ...Object.keys(had), ...amendments.keys(), ...Object.keys(mirrored)]);
  const entry = (key: string): Entry => ({
    value: has[key],
    inManifest: had[key],
    amendment: amendments.get(key),
    mirrored: mirrored[key],
  });
  return [...keys]
    .filter((key) => isNews(entry(key)))
    .sort()
    .map((key) => ({ of, key }));
}

/** What the target says of annotations, and how much of what it was sent it had seen then. */
export interface Reported {
  annotations: Entries;
  /** Amended keys are believed only if it had seen all amendments. */
  upToDate: boolean;
}

/**
 * The change of the proxy's annotations by which they show what the target reports; undefined if they do. Where both
 * changed one, the owner wins. What the target took away goes back to what it was sent.
 */
export function annotationsFrom(
  reported: Reported,
  proxy: Pod,
  sent: SentMeta,
  amendments: readonly Amendment[],
): Record<string, string | null> | undefined {
  const mirrored = mirroredOf(proxy);
  const changes: Record<string, string | null> = {};
  const next: Entries = {};
  for (const key of new Set([...Object.keys(reported.annotations), ...Object.keys(mirrored)])) {
    const amendment = amendments.find((each) => each.of === 'annotations' && each.key === key);
    const value = proxy.metadata.annotations?.[key];
    const entry = { value, inManifest: sent.annotations?.[key], amendment, mirrored: mirrored[key] };
    const wanted = reported.annotations[key];
    const stale = amendment !== undefined && !reported.upToDate;
    if (stale || isNews(entry)) {
      if (mirrored[key] !== undefined) next[key] = mirrored[key];
    } else {
      if (wanted !== undefined) next[key] = digest(wanted);
      const shown = wanted ?? sentValue(entry);
      if (shown !== value) changes[key] = shown ?? null;
    }
  }
  if (Object.keys(changes).length === 0) return undefined;
  const note = Object.keys(next).length === 0 ? null : JSON.stringify(next);
  return { ...changes, [ANNOTATION.mirrored]: note };
}

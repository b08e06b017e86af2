/** The original pod as the text of an annotation. Compression is a parameter: nothing here does I/O. */
import type { Pod } from './kubernetes.ts';
import { ANNOTATION } from './names.ts';
import type { Reason } from './reasons.ts';

/** What the API server allows for all annotations of an object together, keys and values (apimachinery, validation). */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** Over this, delegations come near to what etcd takes in one object (1.5 MiB, spec and status together). */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

const GZIP_PREFIX = 'gzip;base64,';

/**
 * The annotation's value for a pod as it was submitted, without managed fields: JSON, or gzipped where the other
 * annotations of the proxy (those of the pod) leave no room for it. `gzip` compresses UTF-8 text to base64.
 */
export function encodeManifest(pod: Pod, gzip: (text: string) => string): { manifest: string } | { refused: Reason } {
  const { managedFields: _, ...metadata } = pod.metadata;
  const json = JSON.stringify({ ...pod, metadata });
  const size = byteLength(json);
  if (size > MAX_MANIFEST_BYTES) return tooLarge(`the pod has ${size} bytes as JSON, over ${MAX_MANIFEST_BYTES}`);
  const room = MAX_ANNOTATIONS_BYTES - annotationBytes(pod) - ANNOTATION.manifest.length;
  if (size <= room) return { manifest: json };
  const packed = GZIP_PREFIX + gzip(json);
  if (packed.length <= room) return { manifest: packed };
  return tooLarge(
    `the pod has ${packed.length} bytes even when compressed, its annotations leave ${Math.max(room, 0)}`,
  );
}

/**
 * The pod that `encodeManifest` was given. `gunzip` takes base64 and gives UTF-8 text; it must throw on what is no gzip
 * and on more than MAX_MANIFEST_BYTES of text, since anybody can write an annotation.
 */
export function decodeManifest(
  manifest: string,
  gunzip: (base64: string) => string,
): { pod: Pod } | { refused: Reason } {
  try {
    const packed = manifest.startsWith(GZIP_PREFIX);
    const value: unknown = JSON.parse(packed ? gunzip(manifest.slice(GZIP_PREFIX.length)) : manifest);
    if (isPod(value)) return { pod: value };
    return badManifest('it is no pod');
  } catch (error) {
    return badManifest(error instanceof Error ? error.message : String(error));
  }
}

/** True if a JSON value has the parts of a pod that Berth relies on: metadata, and containers with names. */
export function isPod(value: unknown): value is Pod {
  if (!isRecord(value) || !isRecord(value['metadata']) || !isRecord(value['spec'])) return false;
  const { annotations = {}, labels = {}, ownerReferences = [] } = value['metadata'];
  const { containers, initContainers = [] } = value['spec'];
  return (
    isRecord(labels) &&
    isRecord(annotations) &&
    Object.values(annotations).every((text) => typeof text === 'string') &&
    areRecords(ownerReferences) &&
    [containers, initContainers].every((list) => areRecords(list) && list.every(({ name }) => typeof name === 'string'))
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const areRecords = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) && value.every(isRecord);

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

const annotationBytes = (pod: Pod): number =>
  Object.entries(pod.metadata.annotations ?? {}).reduce(
    (sum, [key, text]) => sum + byteLength(key) + byteLength(text),
    0,
  );

const tooLarge = (message: string) => ({ refused: { reason: 'ManifestTooLarge', message } satisfies Reason });
const badManifest = (message: string) => ({
  refused: { reason: 'BadManifest', message: `annotation ${ANNOTATION.manifest}: ${message}` } satisfies Reason,
});

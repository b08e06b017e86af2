/** AdmissionReview v1: what the API server asks, and the answers. */

import { describe, type KubeObject, type Pod, REASONS, type Reason } from '../api/index.ts';
import { isPod } from '../api/manifest.ts';

/** What counts of a request: the pod, or the result of an Argo step, that is to be created; neither if it is about anything else. */
export interface ReviewRequest {
  uid: string;
  namespace: string;
  pod?: Pod;
  result?: KubeObject;
}

export interface ReviewAnswer {
  apiVersion: 'admission.k8s.io/v1';
  kind: 'AdmissionReview';
  response: {
    uid: string;
    allowed: boolean;
    patchType?: 'JSONPatch';
    /** Base64 of the JSON patch. */
    patch?: string;
    status?: { code: number; reason: string; message: string };
  };
}

interface RawReview {
  apiVersion?: unknown;
  kind?: unknown;
  request?: {
    uid?: unknown;
    namespace?: unknown;
    operation?: unknown;
    subResource?: unknown;
    resource?: { group?: unknown; resource?: unknown } | null;
    object?: unknown;
  } | null;
}

/** Takes the body of a request apart; anything may come in. */
export function parseReview(body: unknown): { request: ReviewRequest } | { refused: Reason } {
  const review: RawReview = typeof body === 'object' && body !== null ? body : {};
  if (review.apiVersion !== 'admission.k8s.io/v1' || review.kind !== 'AdmissionReview')
    return malformed('the body is no AdmissionReview of admission.k8s.io/v1');
  const { uid, namespace, operation, subResource = '', resource, object } = review.request ?? {};
  if (typeof uid !== 'string' || uid === '') return malformed('the review has no request with a uid');
  const request: ReviewRequest = { uid, namespace: typeof namespace === 'string' ? namespace : '' };
  const creates = operation === 'CREATE' && subResource === '' ? `${resource?.resource}.${resource?.group}` : undefined;
  if (creates === 'workflowtaskresults.argoproj.io')
    return hasName(object) ? { request: { ...request, result: object } } : malformed('the object has no name');
  if (creates !== 'pods.' || lacksContainers(object)) return { request };
  return isPod(object) ? { request: { ...request, pod: object } } : malformed('the object of the review is no pod');
}

const hasName = (object: unknown): object is KubeObject =>
  typeof (object as Partial<KubeObject> | null | undefined)?.metadata?.name === 'string';

/** Go writes no containers as null. Validation, which comes after us, says it better than we could. */
const lacksContainers = (object: unknown): boolean =>
  (object as { spec?: { containers?: unknown } } | null | undefined)?.spec?.containers === null;

const malformed = (message: string) => ({ refused: { reason: 'MalformedReview', message } satisfies Reason });

const answer = (response: ReviewAnswer['response']): ReviewAnswer => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response,
});

/** The object is created as it is. */
export const allow = (uid: string): ReviewAnswer => answer({ uid, allowed: true });

/** The object is created with a JSON patch, given in base64. */
export const allowPatched = (uid: string, patch: string): ReviewAnswer =>
  answer({ uid, allowed: true, patchType: 'JSONPatch', patch });

/** The object is not created; the user reads the code, what is wrong and what to do. */
export const deny = (uid: string, reason: Reason): ReviewAnswer =>
  answer({ uid, allowed: false, status: { code: 422, reason: 'Invalid', message: explained(reason) } });

/** Code, what is wrong, what to do, on one line. */
export const explained = (reason: Reason): string => `${describe(reason)}. ${REASONS[reason.reason].todo}`;

const PATCH = { open: ',"patch":"', close: '"}}' };

/**
 * The answer as it is sent. A patch holds the whole manifest; base64 needs no escaping, and copied as it is it costs a
 * pod of 100 KB half of what `JSON.stringify` and an encoding as UTF-8 do.
 */
export function serialize(review: ReviewAnswer): Buffer {
  const { patch, ...response } = review.response;
  const text = JSON.stringify({ ...review, response });
  if (patch === undefined) return Buffer.from(text);
  const open = Buffer.from(text.slice(0, -'}}'.length));
  const bytes = Buffer.allocUnsafe(open.length + PATCH.open.length + patch.length + PATCH.close.length);
  let end = open.copy(bytes);
  for (const part of [PATCH.open, patch, PATCH.close]) end += bytes.write(part, end, 'latin1');
  return bytes;
}

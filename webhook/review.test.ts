import { describe, expect, it } from 'vitest';
import { podOf, reviewOf } from './pod.samples.ts';
import { allow, allowPatched, deny, explained, parseReview, serialize } from './review.ts';

const uid = reviewOf(null).request.uid;
const refused = (message: string) => ({ refused: { reason: 'MalformedReview', message } });

describe('parseReview', () => {
  const pod = podOf();
  const pods = { group: '', version: 'v1', resource: 'pods' };

  it('finds the pod that is to be created', () => {
    expect(parseReview(reviewOf(pod))).toStrictEqual({ request: { uid, namespace: 'default', pod } });
    expect(parseReview(reviewOf(pod, { subResource: '' }))).toStrictEqual({
      request: { uid, namespace: 'default', pod },
    });
  });

  it.each([
    ['an update', pod, { operation: 'UPDATE' }],
    ['no operation', pod, { operation: undefined }],
    ['a subresource', pod, { subResource: 'eviction' }],
    ['another group', pod, { resource: { ...pods, group: 'metrics.k8s.io' } }],
    ['another resource', pod, { resource: { ...pods, resource: 'nodes' } }],
    ['no resource', pod, { resource: undefined }],
    ['a resource of null', pod, { resource: null }],
    ['a pod without containers, which the API server refuses', { ...pod, spec: { containers: null } }, {}],
  ])('finds no pod in %s', (_, object, request) => {
    expect(parseReview(reviewOf(object, request))).toStrictEqual({ request: { uid, namespace: 'default' } });
  });

  it('goes without a namespace', () => {
    for (const namespace of [undefined, null, 7])
      expect(parseReview(reviewOf(pod, { namespace }))).toStrictEqual({ request: { uid, namespace: '', pod } });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'review'],
    ['an empty object', {}],
    ['another version', { ...reviewOf(pod), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['another kind', { ...reviewOf(pod), kind: 'TokenReview' }],
  ])('refuses %s, which is no review', (_, body) => {
    expect(parseReview(body)).toEqual(refused('the body is no AdmissionReview of admission.k8s.io/v1'));
  });

  it.each([
    ['no request', { ...reviewOf(pod), request: undefined }],
    ['a request of null', { ...reviewOf(pod), request: null }],
    ['no uid', reviewOf(pod, { uid: undefined })],
    ['an empty uid', reviewOf(pod, { uid: '' })],
    ['a number for uid', reviewOf(pod, { uid: 7 })],
  ])('refuses a review with %s, which nobody could answer', (_, body) => {
    expect(parseReview(body)).toEqual(refused('the review has no request with a uid'));
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'pod'],
    ['no spec', { metadata: {} }],
    ['a spec of null', { metadata: {}, spec: null }],
    ['no containers', { metadata: {}, spec: {} }],
  ])('refuses %s for a pod', (_, object) => {
    expect(parseReview(reviewOf(object))).toEqual(refused('the object of the review is no pod'));
  });
});

describe('answers', () => {
  const answer = (response: object) => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });

  it('allow', () => {
    expect(allow('u')).toStrictEqual(answer({ uid: 'u', allowed: true }));
  });

  it('allow with a patch', () => {
    expect(allowPatched('u', 'W10=')).toStrictEqual(
      answer({ uid: 'u', allowed: true, patchType: 'JSONPatch', patch: 'W10=' }),
    );
  });

  it('deny with code, cause and remedy', () => {
    const reason = { reason: 'ProxyCopied', message: 'the pod is a copy' } as const;
    const message = '[BERTH102] the pod is a copy. Submit the original pod, without the annotation sourcepod-manifest.';
    expect(explained(reason)).toBe(message);
    expect(deny('u', reason)).toStrictEqual(
      answer({ uid: 'u', allowed: false, status: { code: 422, reason: 'Invalid', message } }),
    );
  });
});

describe('serialize', () => {
  it.each([
    ['with a patch', allowPatched('u-é"\\', 'W10=')],
    ['with an empty patch', allowPatched('u', '')],
    ['without', allow('u')],
    ['a refusal', deny('u', { reason: 'ManifestTooLarge', message: 'zu groß' })],
  ])('says what JSON.stringify would: %s', (_, review) => {
    expect(JSON.parse(serialize(review).toString())).toStrictEqual(review);
  });
});

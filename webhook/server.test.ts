import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ANNOTATION, type Pod } from '../api/index.ts';
import { decodeManifest } from '../api/manifest.ts';
import { anyPod, podOf, reviewOf } from './pod.samples.ts';
import { proxyOf } from './proxy.ts';
import type { ReviewAnswer } from './review.ts';
import { buildServer } from './server.ts';

const IMAGE = 'busybox:test';
const server = buildServer({ log: pino({ enabled: false }), image: IMAGE });
const post = (payload: string | object, url = '/mutate/a', type = 'application/json') =>
  server.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });
const review = async (object: unknown, request = {}): Promise<ReviewAnswer['response']> => {
  const answer = await post(reviewOf(object, request));
  expect(answer.statusCode).toBe(200);
  return answer.json<ReviewAnswer>().response;
};
const patched = (pod: Pod, { patch = '' }: ReviewAnswer['response']): Pod =>
  jsonPatch.applyPatch(structuredClone(pod), JSON.parse(Buffer.from(patch, 'base64').toString())).newDocument;

describe('POST /mutate/:cluster', () => {
  it('answers with a patch that makes the proxy, which has the pod in its annotation', async () => {
    const gunzip = (base64: string) => gunzipSync(Buffer.from(base64, 'base64')).toString();
    await fc.assert(
      fc.asyncProperty(anyPod, async (pod) => {
        const response = await review(pod);
        expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
        const proxy = patched(pod, response);
        const manifest = proxy.metadata.annotations?.[ANNOTATION.manifest] ?? '';
        expect(proxy).toEqual(proxyOf(pod, manifest, IMAGE));
        const { managedFields: _, ...metadata } = pod.metadata;
        expect(decodeManifest(manifest, gunzip)).toEqual({ pod: { ...pod, metadata } });
      }),
    );
  });

  it('takes pods from templates, which have no name yet', async () => {
    const { name: _, ...metadata } = podOf().metadata;
    const pod = { ...podOf(), metadata: { ...metadata, generateName: 'job-' } };
    expect(await review(pod)).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
  });

  it('leaves alone what is not elected, not a pod, not created, or for the API server to refuse', async () => {
    const uid = reviewOf({}).request.uid;
    const nothing = { uid, allowed: true };
    expect(await review(podOf({}, { annotations: {} }))).toEqual(nothing);
    expect(await review(podOf(), { operation: 'UPDATE' })).toEqual(nothing);
    expect(await review(podOf(), { subResource: 'eviction' })).toEqual(nothing);
    expect(await review({}, { resource: { group: 'apps', version: 'v1', resource: 'deployments' } })).toEqual(nothing);
    expect(await review({ ...podOf(), spec: { containers: null } })).toEqual(nothing);
  });

  it('refuses with code, cause and remedy', async () => {
    const annotations = { [ANNOTATION.elect]: '', [ANNOTATION.failover]: 'soon' };
    const { allowed, status } = await review(podOf({}, { annotations }));
    expect(allowed).toBe(false);
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(status?.message).toMatch(/^\[BERTH103\] annotation multicluster.admiralty.io\/failover: "soon" .*Correct/);
  });

  it('refuses a pod over 1 MiB, and one that is nested too deep to be written', async () => {
    const big = podOf({ containers: [{ name: 'main', args: ['x'.repeat(1024 * 1024)] }] });
    expect(await review(big)).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('BERTH101') },
    });
    const deep = JSON.stringify(reviewOf(podOf({ deep: 'HERE' }))).replace(
      '"HERE"',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    );
    const answer = await post(deep);
    expect(answer.json()).toMatchObject({
      response: { allowed: false, status: { message: expect.stringContaining('BERTH105') } },
    });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"a":'],
    ['deep brackets', '['.repeat(1_000_000)],
    ['null', 'null'],
    ['a list', '[]'],
    ['no review', '{"kind":"Pod","apiVersion":"v1"}'],
    ['a review of tomorrow', JSON.stringify({ ...reviewOf(podOf()), apiVersion: 'admission.k8s.io/v2' })],
    ['no request', JSON.stringify({ ...reviewOf(podOf()), request: null })],
    ['no uid', JSON.stringify(reviewOf(podOf(), { uid: 7 }))],
    ['no object', JSON.stringify(reviewOf(null))],
    ['a list for a pod', JSON.stringify(reviewOf([]))],
    ['a pod without spec', JSON.stringify(reviewOf({ metadata: {} }))],
    ['a container without name', JSON.stringify(reviewOf({ metadata: {}, spec: { containers: [{}] } }))],
    ['annotations that are no text', JSON.stringify(reviewOf(podOf({}, { annotations: { a: 1 } as never })))],
  ])('answers %s with 400 and goes on', async (_, body) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ reason: 'MalformedReview', message: expect.stringMatching(/^\[BERTH105\]/) });
    expect((await review(podOf())).allowed).toBe(true);
  });

  it('never fails, whatever JSON comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (object) => {
        for (const body of [object, reviewOf(object), reviewOf({ metadata: object, spec: object })])
          expect((await post(JSON.stringify(body))).statusCode).toBeLessThan(500);
      }),
    );
  });

  it('refuses other media, too long a body, other paths and names that are no cluster', async () => {
    expect((await post('a=b', '/mutate/a', 'text/plain')).statusCode).toBe(415);
    expect((await post(' '.repeat(7 * 1024 * 1024 + 1))).statusCode).toBe(413);
    expect((await post(reviewOf(podOf()), '/mutate')).statusCode).toBe(404);
    expect((await post(reviewOf(podOf()), '/mutate/A--b')).statusCode).toBe(404);
  });
});

it('says that it is well', async () => {
  for (const url of ['/healthz', '/readyz']) expect((await server.inject({ url })).body).toBe('ok');
});

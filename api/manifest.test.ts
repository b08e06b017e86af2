import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from './kubernetes.ts';
import { decodeManifest, encodeManifest, MAX_MANIFEST_BYTES } from './manifest.ts';

const gzip = (text: string): string => gzipSync(text).toString('base64');
const gunzip = (base64: string): string =>
  gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_MANIFEST_BYTES }).toString();

const podOf = (args: string[], annotations: Record<string, string> = {}): Pod => ({
  metadata: { name: 'p', annotations },
  spec: { containers: [{ name: 'main', args }] },
});
const manifestOf = (pod: Pod): string => {
  const encoded = encodeManifest(pod, gzip);
  if ('refused' in encoded) throw new Error(encoded.refused.message);
  return encoded.manifest;
};
/** Text that gzip cannot make smaller than three quarters. */
const noise = (length: number): string => {
  let state = 1;
  return Array.from({ length }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return String.fromCharCode(48 + ((state >>> 16) % 64));
  }).join('');
};

describe('encodeManifest', () => {
  it('is JSON for a small pod, without managed fields', () => {
    const pod = podOf(['x']);
    expect(JSON.parse(manifestOf({ ...pod, metadata: { ...pod.metadata, managedFields: [{}] } }))).toEqual(pod);
  });

  it('is gzipped where annotations have no room for it', () => {
    expect(manifestOf(podOf(['x'.repeat(200_000)]))).toMatch(/^\{/);
    expect(manifestOf(podOf(['x'.repeat(300_000)]))).toMatch(/^gzip;base64,/);
    expect(manifestOf(podOf(['x'], { big: 'x'.repeat(200_000) }))).toMatch(/^gzip;base64,/);
  });

  it('stays, with the other annotations, under the limit of the API server in bytes', () => {
    const sizes = fc.tuple(fc.nat(300_000), fc.nat(250_000), fc.constantFrom('x', 'é', '€'));
    fc.assert(
      fc.property(sizes, ([length, other, letter]) => {
        const annotations = { other: letter.repeat(Math.floor(other / Buffer.byteLength(letter))) };
        const encoded = encodeManifest(podOf([letter.repeat(length)], annotations), gzip);
        if ('refused' in encoded) return encoded.refused.reason === 'ManifestTooLarge';
        const all = { ...annotations, 'multicluster.admiralty.io/sourcepod-manifest': encoded.manifest };
        const total = Object.entries(all).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
        return total <= 256 * 1024;
      }),
      { numRuns: 30 },
    );
  });

  it('refuses what is too large even when gzipped, and what is over 1 MiB', () => {
    for (const pod of [podOf([noise(400_000)]), podOf(['x'.repeat(MAX_MANIFEST_BYTES)])])
      expect(encodeManifest(pod, gzip)).toMatchObject({ refused: { reason: 'ManifestTooLarge' } });
  });
});

describe('decodeManifest', () => {
  it('gives the pod back, whatever its text', () => {
    const args = fc.array(fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(args, fc.nat(300_000), (some, padding) => {
        const pod = podOf([...some, 'x'.repeat(padding)]);
        expect(decodeManifest(manifestOf(pod), gunzip)).toEqual({ pod });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['', 'no JSON'],
    ['{', 'no JSON'],
    ['null', 'no pod'],
    ['{"metadata":{},"spec":{}}', 'no containers'],
    ['{"metadata":{"name":"p"},"spec":{"containers":[null]}}', 'a container that is none'],
    ['gzip;base64,bm8gZ3ppcA==', 'no gzip'],
    [`gzip;base64,${gzip('x'.repeat(MAX_MANIFEST_BYTES + 1))}`, 'a bomb'],
  ])('tells %j from a pod: %s', (text) => {
    expect(decodeManifest(text, gunzip)).toMatchObject({ refused: { reason: 'BadManifest' } });
  });
});

import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from './kubernetes.ts';
import { decodeManifest, encodeManifest, isPod, MAX_MANIFEST_BYTES } from './manifest.ts';

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

  describe('at its limits', () => {
    const LIMIT = 256 * 1024;
    const key = 'multicluster.admiralty.io/sourcepod-manifest'.length;
    /** A pod of so many bytes as JSON. */
    const podOfSize = (bytes: number, annotations = {}): Pod => {
      const rest = Buffer.byteLength(JSON.stringify(podOf([''], annotations)));
      return podOf(['x'.repeat(bytes - rest)], annotations);
    };
    const never = (): string => {
      throw new Error('not to be compressed');
    };

    it.each([
      ['no annotations', {}, 0],
      ['annotations', { a: 'bcd', é: '€' }, 'abcd'.length + 2 + 3],
    ])('fills the annotations of a pod with %s to the last byte', (_, annotations, taken) => {
      const room = LIMIT - key - taken;
      const fits = podOfSize(room, annotations);
      expect(encodeManifest(fits, never)).toEqual({ manifest: JSON.stringify(fits) });
      expect(encodeManifest(podOfSize(room + 1, annotations), () => 'Zm9v')).toEqual({ manifest: 'gzip;base64,Zm9v' });
    });

    it('takes a pod without annotations', () => {
      const pod = { metadata: { name: 'p' }, spec: { containers: [] } };
      expect(encodeManifest(pod, never)).toEqual({ manifest: JSON.stringify(pod) });
    });

    it('takes the last byte of what is compressed, and says how much is too much', () => {
      const packed = 'y'.repeat(LIMIT - key - 'gzip;base64,'.length);
      const pod = podOfSize(300_000);
      expect(encodeManifest(pod, () => packed)).toEqual({ manifest: `gzip;base64,${packed}` });
      expect(encodeManifest(pod, () => `${packed}y`)).toEqual({
        refused: {
          reason: 'ManifestTooLarge',
          message: 'the pod has 262101 bytes even when compressed, its annotations leave 262100',
        },
      });
    });

    it('leaves no less than nothing', () => {
      expect(encodeManifest(podOf([], { big: 'x'.repeat(LIMIT) }), () => 'Zm9v')).toEqual({
        refused: {
          reason: 'ManifestTooLarge',
          message: 'the pod has 16 bytes even when compressed, its annotations leave 0',
        },
      });
    });

    it('compresses what has 1 MiB as JSON, not a byte more', () => {
      expect(encodeManifest(podOfSize(1_048_576), () => 'Zm9v')).toEqual({ manifest: 'gzip;base64,Zm9v' });
      expect(encodeManifest(podOfSize(1_048_577), never)).toEqual({
        refused: { reason: 'ManifestTooLarge', message: 'the pod has 1048577 bytes as JSON, over 1048576' },
      });
    });
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

  const refused = (why: string) => ({
    refused: { reason: 'BadManifest', message: `annotation multicluster.admiralty.io/sourcepod-manifest: ${why}` },
  });

  it('says what is wrong', () => {
    expect(decodeManifest('7', gunzip)).toEqual(refused('it is no pod'));
    const broken = (thrown: unknown) => () => {
      throw thrown;
    };
    expect(decodeManifest('gzip;base64,', broken(new Error('no gzip')))).toEqual(refused('no gzip'));
    expect(decodeManifest('gzip;base64,', broken('no gzip at all'))).toEqual(refused('no gzip at all'));
  });

  it('decompresses what follows the mark, and nothing that has none', () => {
    const pod = podOf(['x']);
    const given: string[] = [];
    const open = (base64: string): string => {
      given.push(base64);
      return JSON.stringify(pod);
    };
    expect(decodeManifest('gzip;base64,Zm9v', open)).toEqual({ pod });
    expect(decodeManifest(JSON.stringify(pod), open)).toEqual({ pod });
    expect(given).toEqual(['Zm9v']);
  });
});

describe('isPod', () => {
  const pod = podOf(['x']);
  const withMetadata = (more: object) => ({ ...pod, metadata: { ...pod.metadata, ...more } });
  const withSpec = (more: object) => ({ ...pod, spec: { ...pod.spec, ...more } });

  it.each([
    ['the least', { metadata: {}, spec: { containers: [] } }],
    ['text in annotations', withMetadata({ annotations: { a: '', b: 'c' } })],
    ['owners and labels', withMetadata({ ownerReferences: [{ kind: 'Job' }], labels: { a: 'b' } })],
    ['init containers', withSpec({ initContainers: [{ name: 'i' }] })],
  ])('takes %s', (_, value) => {
    expect(isPod(value)).toBe(true);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['text', 'pod'],
    ['nothing', undefined],
    ['no metadata', { spec: pod.spec }],
    ['metadata of null', { ...pod, metadata: null }],
    ['a list for metadata', { ...pod, metadata: [] }],
    ['no spec', { metadata: pod.metadata }],
    ['text for a spec', { ...pod, spec: 'containers' }],
    ['a list for a spec', { ...pod, spec: [] }],
    ['annotations of null', withMetadata({ annotations: null })],
    ['a list of annotations', withMetadata({ annotations: ['a'] })],
    ['one annotation that is no text', withMetadata({ annotations: { a: 'b', c: 1 } })],
    ['labels of null', withMetadata({ labels: null })],
    ['text for labels', withMetadata({ labels: 'a=b' })],
    ['owners of null', withMetadata({ ownerReferences: null })],
    ['one owner that is none', withMetadata({ ownerReferences: [{ kind: 'Job' }, 'Job'] })],
    ['an object for owners', withMetadata({ ownerReferences: {} })],
    ['no containers', withSpec({ containers: undefined })],
    ['an object for containers', withSpec({ containers: {} })],
    ['one container without name', withSpec({ containers: [{ name: 'a' }, { image: 'b' }] })],
    ['a number for a name', withSpec({ containers: [{ name: 1 }] })],
    ['init containers of null', withSpec({ initContainers: null })],
    ['an init container without name', withSpec({ initContainers: [{}] })],
    ['an init container that is none', withSpec({ initContainers: ['i'] })],
  ])('refuses %s', (_, value) => {
    expect(isPod(value)).toBe(false);
  });
});

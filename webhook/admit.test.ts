import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../api/index.ts';
import { admit } from './admit.ts';
import { podOf } from './pod.samples.ts';
import { proxyOf } from './proxy.ts';

const options = { cluster: 'home', image: 'busybox:test', gzip: () => 'Zm9v' };

describe('admit', () => {
  it('makes the proxy of an elected pod, with the pod in its annotation', () => {
    const pod = podOf();
    expect(admit(pod, options)).toStrictEqual({ proxy: proxyOf(pod, JSON.stringify(pod), 'busybox:test') });
  });

  it('compresses what does not fit', () => {
    const pod = podOf({ containers: [{ name: 'main', args: ['x'.repeat(300_000)] }] });
    expect(admit(pod, options)).toStrictEqual({ proxy: proxyOf(pod, 'gzip;base64,Zm9v', 'busybox:test') });
  });

  it('leaves a pod alone that is not elected', () => {
    expect(admit(podOf({}, { annotations: {} }), options)).toEqual({
      leave: { reason: 'NotElected', message: 'the pod has no annotation elect' },
    });
  });

  it('refuses a mistake of the user', () => {
    const annotations = { [ANNOTATION.elect]: '', [ANNOTATION.proxyMode]: 'x' };
    expect(admit(podOf({}, { annotations }), options)).toEqual({
      refuse: {
        reason: 'UnsupportedProxyMode',
        message: 'annotation multicluster.admiralty.io/proxy-mode: "x" is not there yet',
      },
    });
  });

  it('refuses what is too large', () => {
    const pod = podOf({ containers: [{ name: 'main', args: ['x'.repeat(300_000)] }] });
    const gzip = () => 'y'.repeat(300_000);
    expect(admit(pod, { ...options, gzip })).toEqual({
      refuse: { reason: 'ManifestTooLarge', message: expect.stringMatching(/^the pod has 300012 bytes even when/) },
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { Pod, PodSpec } from '../../api/index.ts';
import { followersOf, withCopies } from './references.ts';

const argo = (name: string, source: object, mountPath = `/argo/secret/${name}`): Pod => ({
  metadata: { name: 'step' },
  spec: {
    containers: [{ name: 'main' }],
    initContainers: [{ name: 'init', volumeMounts: [{ name, mountPath }] }],
    volumes: [{ name, ...source }],
  },
});
const credentials = argo('s3', { secret: { secretName: 's3' } });
const template = argo('argo-env-config', { configMap: { name: 'step' } }, '/argo/config');

describe('what follows a step of Argo', () => {
  test.each([
    ['credentials of an artifact repository', credentials, [{ kind: 'Secret', name: 's3' }]],
    ['a template that is too large for the environment', template, [{ kind: 'ConfigMap', name: 'step' }]],
    [
      'what is projected into such a volume, each once',
      argo('s3', {
        projected: { sources: [{ secret: { name: 'a' } }, { configMap: { name: 'b' } }, { secret: { name: 'a' } }, 7] },
      }),
      [
        { kind: 'Secret', name: 'a' },
        { kind: 'ConfigMap', name: 'b' },
      ],
    ],
  ])('%s', (_, pod, followers) => {
    expect(followersOf(pod)).toEqual(followers);
  });

  test.each([
    ["a Secret of the user's", argo('s3', { secret: { secretName: 's3' } }, '/etc/keys')],
    ['what the pod does without', argo('s3', { secret: { secretName: 's3', optional: true } })],
    ['a volume that nothing mounts', { ...credentials, spec: { ...credentials.spec, initContainers: [] } }],
    ['another kind of volume', argo('s3', { emptyDir: {} })],
    ['a volume without a name in it', argo('s3', { secret: {} })],
    ['a volume that is none', argo('s3', { secret: null, projected: [], configMap: 'x' })],
    ['a pod without volumes', { metadata: { name: 'step' }, spec: { containers: [] } }],
  ])('but not %s', (_, pod) => {
    expect(followersOf(pod)).toEqual([]);
  });
});

describe('the delegate refers to copies', () => {
  const sourceOf = ({ volumes }: PodSpec) => volumes?.[0];

  test('by names of their own', () => {
    const spec = withCopies(credentials.spec, [{ kind: 'Secret', name: 's3' }], 'a-jobs-step');
    expect(sourceOf(spec)).toEqual({ name: 's3', secret: { secretName: expect.stringMatching(/^s3-[0-9a-z]{10}$/) } });
    expect(sourceOf(credentials.spec)).toEqual({ name: 's3', secret: { secretName: 's3' } });
    expect(withCopies(credentials.spec, [{ kind: 'Secret', name: 's3' }], 'other')).not.toEqual(spec);
  });

  test('of what follows, and of nothing else', () => {
    expect(withCopies(credentials.spec, [{ kind: 'ConfigMap', name: 's3' }], 'd')).toEqual(credentials.spec);
    expect(withCopies(credentials.spec, [{ kind: 'Secret', name: 's4' }], 'd')).toEqual(credentials.spec);
    expect(withCopies(credentials.spec, undefined, 'd')).toBe(credentials.spec);
  });
});

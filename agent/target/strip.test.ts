import { describe, expect, it } from 'vitest';
import type { PodSpec, Toleration } from '../../api/index.ts';
import { stripSpec } from './strip.ts';

const containers = [{ name: 'main', image: 'i' }];
const plain = (change: Partial<PodSpec> = {}): PodSpec => ({ containers, ...change });
const mount = (name: string) => ({ name, mountPath: `/${name}` });

it('a spec to which nothing was added stays as it is', () => {
  const spec = plain({ initContainers: [{ name: 'init' }], volumes: [{ name: 'v', emptyDir: {} }], hostname: 'h' });
  expect(stripSpec(spec)).toStrictEqual(spec);
  expect(stripSpec(plain())).toStrictEqual(plain());
});

it('empty lists leave nothing behind', () => {
  expect(stripSpec(plain({ volumes: [], tolerations: [] }))).toStrictEqual(plain());
  expect(stripSpec({ containers: [{ name: 'main', volumeMounts: [] }] })).toStrictEqual({
    containers: [{ name: 'main' }],
  });
});

describe('the volume of the service account', () => {
  const token = 'kube-api-access-x7';
  const projected = { name: token, projected: { sources: [] } };
  const both = [mount(token), mount('data')];

  it('goes with its mounts, and no other does', () => {
    const spec = {
      containers: [
        { name: 'main', volumeMounts: both },
        { name: 'side', volumeMounts: [mount(token)] },
      ],
      initContainers: [{ name: 'init', volumeMounts: both }],
      volumes: [projected, { name: 'data', emptyDir: {} }],
    };
    expect(stripSpec(spec)).toStrictEqual({
      containers: [{ name: 'main', volumeMounts: [mount('data')] }, { name: 'side' }],
      initContainers: [{ name: 'init', volumeMounts: [mount('data')] }],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
    expect(stripSpec(plain({ volumes: [projected] }))).toStrictEqual(plain());
  });

  it.each([
    ['is not projected', { name: token, emptyDir: {} }],
    ['only contains that name', { name: `my-${token}`, projected: {} }],
    ['is merely projected', { name: 'mine', projected: {} }],
  ])('is none that %s', (_, volume) => {
    const spec = { containers: [{ name: 'main', volumeMounts: [mount(volume.name)] }], volumes: [volume] };
    expect(stripSpec(spec)).toStrictEqual(spec);
  });
});

describe('tolerations', () => {
  const added = (key: string): Toleration => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  });
  const notReady = added('not-ready');
  const { key, ...keyless } = notReady;

  it('that admission added go', () => {
    expect(stripSpec(plain({ tolerations: [notReady, added('unreachable')] }))).toStrictEqual(plain());
  });

  it.each<[string, Toleration]>([
    ['of another key', added('disk-pressure')],
    ['of a longer key', added('not-ready-yet')],
    ['of a key that ends like it', { ...notReady, key: `my.${key}` }],
    ['of every key', keyless],
    ['with another operator', { ...notReady, operator: 'Equal' }],
    ['with another effect', { ...notReady, effect: 'NoSchedule' }],
    ['for another time', { ...notReady, tolerationSeconds: 301 }],
  ])('%s stay', (_, toleration) => {
    const spec = plain({ tolerations: [toleration] });
    expect(stripSpec({ ...spec, tolerations: [notReady, toleration] })).toStrictEqual(spec);
  });
});

it('what only the source can mean goes', () => {
  const added = { nodeName: 'n', priority: 1, preemptionPolicy: 'Never', overhead: { cpu: '1' } };
  expect(stripSpec(plain({ ...added, schedulingGates: [], ephemeralContainers: [] }))).toStrictEqual(plain());
});

import { expect, it } from 'vitest';
import type { Pod } from '../api/index.ts';
import { trimPod } from './trim.ts';

const resources = { requests: { cpu: '1' } };
const metadata = { name: 'p' };

it.each<[string, Pod, Pod]>([
  ['nothing but its name', { metadata, spec: { containers: [] } }, { metadata, spec: { containers: [] } }],
  [
    'who it is, and that it goes',
    {
      metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', deletionTimestamp: 't', generation: 2 },
      spec: { containers: [] },
    },
    {
      metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', deletionTimestamp: 't' },
      spec: { containers: [] },
    },
  ],
  [
    'what its containers ask for',
    {
      metadata,
      spec: {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', resources, restartPolicy: 'Always' },
        ],
      },
    },
    { metadata, spec: { containers: [{ name: 'a' }, { name: 'b', resources, restartPolicy: 'Always' }] } },
  ],
  [
    'what it asks for itself, and where it is',
    { metadata, spec: { containers: [], nodeName: 'n', overhead: { cpu: '1' }, resources, hostname: 'h' } },
    { metadata, spec: { containers: [], nodeName: 'n', overhead: { cpu: '1' }, resources } },
  ],
  [
    'what its init containers ask for',
    { metadata, spec: { containers: [], initContainers: [{ name: 'i', resources, image: 'x' }] } },
    { metadata, spec: { containers: [], initContainers: [{ name: 'i', resources }] } },
  ],
  [
    'its phase',
    { metadata, spec: { containers: [] }, status: { phase: 'Failed', message: 'm' } },
    { metadata, spec: { containers: [] }, status: { phase: 'Failed' } },
  ],
  ['no empty status', { metadata, spec: { containers: [] }, status: {} }, { metadata, spec: { containers: [] } }],
  [
    'no labels',
    { metadata: { name: 'p', labels: { app: 'x' } }, spec: { containers: [], schedulerName: 'default-scheduler' } },
    { metadata, spec: { containers: [] } },
  ],
])('of a foreign pod is kept: %s', (_, pod, kept) => {
  expect(trimPod(pod)).toStrictEqual(kept);
});

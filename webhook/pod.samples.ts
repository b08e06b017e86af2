/** Pods for the tests of this room. */
import fc from 'fast-check';
import { ANNOTATION, type Container, type Pod } from '../api/index.ts';

/** An elected pod as an API server sends it for review; `spec` and `metadata` go over the defaults. */
export function podOf(spec: Partial<Pod['spec']> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hello', namespace: 'default', annotations: { [ANNOTATION.elect]: '' }, ...metadata },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  };
}

/** The shape that pod security `restricted` asks for. */
export const restrictedPod = (): Pod =>
  podOf({
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'main',
        image: 'nginx',
        env: [{ name: 'A', value: 'b' }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
    initContainers: [
      {
        name: 'init',
        image: 'nginx',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  });

const json = fc.jsonValue({ maxDepth: 3 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
/** A null would be no field for Go. */
const fields = fc.dictionary(text, json, { maxKeys: 3 });

const container: fc.Arbitrary<Container> = fc
  .record(
    {
      name: text,
      image: text,
      command: fc.array(text),
      args: fc.array(text),
      env: fc.array(fc.record({ name: text, value: text })),
      resources: fc.record({ requests: fc.dictionary(text, text) }),
      securityContext: fields,
      volumeMounts: fc.array(fc.record({ name: text, mountPath: text })),
      restartPolicy: fc.constant('Always'),
      livenessProbe: json,
      stdin: fc.boolean(),
    },
    { requiredKeys: ['name'] },
  )
  .chain((known) => fields.map((unknown) => ({ ...unknown, ...known })));

/** Any elected pod, with fields that nobody knows. As JSON brings it: no undefined, no -0. */
export const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    metadata: fc.record({
      name: text,
      labels: fc.dictionary(text, text),
      annotations: fc.dictionary(text, text).map((others) => ({ ...others, [ANNOTATION.elect]: '' })),
      managedFields: fc.constant([{ manager: 'kubectl' }]),
    }),
    spec: fields.chain((unknown) =>
      fc
        .record(
          {
            containers: fc.array(container, { minLength: 1, maxLength: 4 }),
            initContainers: fc.array(container, { maxLength: 3 }),
            nodeSelector: fc.dictionary(text, text),
            affinity: fc.constant({ podAffinity: {} }),
            tolerations: fc.constant([{ operator: 'Exists' }]),
            securityContext: fields,
            activeDeadlineSeconds: fc.nat(),
          },
          { requiredKeys: ['containers'] },
        )
        .map((known) => ({ ...unknown, ...known })),
    ),
  })
  .map((pod) => JSON.parse(JSON.stringify(pod)) as Pod);

/** A body of the API server: the review of a pod's creation, with what differs in its request. */
export const reviewOf = (object: unknown, request: Record<string, unknown> = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '0f0b1c9e-1111-4000-8000-000000000000',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
    operation: 'CREATE',
    object,
    ...request,
  },
});

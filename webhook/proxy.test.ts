import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANNOTATION, type Container, VIRTUAL_NODE_KEY } from '../api/index.ts';
import { anyPod, podOf, restrictedPod } from './pod.samples.ts';
import { proxyOf } from './proxy.ts';

const IMAGE = 'busybox:test';
/** What stays of a container, beside its new image and command. */
const KEPT = [
  'name',
  'imagePullPolicy',
  'ports',
  'resizePolicy',
  'resources',
  'restartPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'tty',
  'volumeDevices',
  'volumeMounts',
];
const ALL_FIELDS = {
  name: 'main',
  image: 'nginx',
  command: ['nginx'],
  imagePullPolicy: 'Always',
  ports: [{ containerPort: 80 }],
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
  resources: { limits: { cpu: '1' } },
  restartPolicy: 'Always',
  securityContext: { privileged: false },
  terminationMessagePath: '/dev/log',
  terminationMessagePolicy: 'File',
  volumeDevices: [{ name: 'd', devicePath: '/d' }],
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  env: [{ name: 'A', value: 'b' }],
  envFrom: [{}],
  args: ['-g'],
  workingDir: '/',
  livenessProbe: {},
  lifecycle: {},
  stdin: true,
  stdinOnce: true,
  tty: true,
};
const namesOf = (containers: Container[] | undefined) => containers?.map(({ name }) => name);

describe('proxyOf', () => {
  it('keeps the names of all containers, and runs nothing of the user', () => {
    fc.assert(
      fc.property(anyPod, (pod) => {
        const { spec } = proxyOf(pod, 'm', IMAGE);
        expect(namesOf(spec.containers)).toEqual(namesOf(pod.spec.containers));
        expect(namesOf(spec.initContainers)).toEqual(namesOf(pod.spec.initContainers));
        for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
          expect(container.image).toBe(IMAGE);
          expect(Object.keys(container)).not.toEqual(expect.arrayContaining(['env']));
          expect(container.args ?? container['livenessProbe'] ?? container['lifecycle']).toBeUndefined();
        }
      }),
    );
  });

  it('keeps metadata, adding the manifest', () => {
    const pod = podOf({}, { labels: { app: 'x' }, finalizers: ['f'], generateName: 'g-' });
    expect(proxyOf(pod, 'm', IMAGE).metadata).toEqual({
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, [ANNOTATION.manifest]: 'm' },
    });
  });

  it('stays as restricted as the pod', () => {
    const pod = restrictedPod();
    const { spec } = proxyOf(pod, 'm', IMAGE);
    expect(spec['securityContext']).toEqual(pod.spec['securityContext']);
    const contexts = (containers: Container[] | undefined) => containers?.map((c) => c['securityContext']);
    expect(contexts(spec.containers)).toEqual(contexts(pod.spec.containers));
    expect(contexts(spec.initContainers)).toEqual(contexts(pod.spec.initContainers));
  });

  it('keeps what quotas, policies and controllers look at', () => {
    const kept = {
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
      serviceAccountName: 'sa',
      hostNetwork: true,
      imagePullSecrets: [{ name: 's' }],
      priorityClassName: 'high',
      priority: 7,
      overhead: { cpu: '1' },
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 5,
      schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }],
      readinessGates: [{ conditionType: 'x' }],
      fieldOfTomorrow: { a: 1 },
    };
    const main = {
      name: 'main',
      ports: [{ containerPort: 80 }],
      resources: { requests: { cpu: '1' } },
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    };
    const { spec } = proxyOf(podOf({ ...kept, containers: [{ ...main, image: 'nginx' }] }), 'm', IMAGE);
    expect(spec).toMatchObject(kept);
    expect(spec.containers[0]).toMatchObject(main);
  });

  it('waits for a virtual node, without limit of time, wherever the original wanted to go', () => {
    const { spec } = proxyOf(
      podOf({
        schedulerName: 'default-scheduler',
        nodeSelector: { disk: 'ssd' },
        affinity: { podAffinity: {} },
        tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 }],
        topologySpreadConstraints: [{}],
        activeDeadlineSeconds: 10,
      }),
      'm',
      IMAGE,
    );
    expect(spec.schedulerName).toBe('berth');
    expect(spec).not.toHaveProperty('nodeSelector');
    expect(spec).not.toHaveProperty('topologySpreadConstraints');
    expect(spec).not.toHaveProperty('activeDeadlineSeconds');
    expect(spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: VIRTUAL_NODE_KEY, operator: 'Exists' }] }],
        },
      },
    });
    expect(spec.tolerations?.map(({ key }) => key)).toEqual([
      VIRTUAL_NODE_KEY,
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unreachable',
    ]);
    expect(spec.tolerations?.some(({ tolerationSeconds }) => tolerationSeconds !== undefined)).toBe(false);
  });

  it('ends init containers at once, but not sidecars', () => {
    const initContainers = [{ name: 'init' }, { name: 'sidecar', restartPolicy: 'Always' }];
    const { spec } = proxyOf(podOf({ initContainers }), 'm', IMAGE);
    expect(spec.initContainers?.[0]?.command).toEqual(['sh', '-c', 'exit 0']);
    expect(spec.initContainers?.[1]).toMatchObject({ restartPolicy: 'Always', command: spec.containers[0]?.command });
  });

  it('is whole', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [ALL_FIELDS] } };
    const { env, envFrom, args, workingDir, livenessProbe, lifecycle, ...kept } = ALL_FIELDS;
    const command = ['sh', '-c', "trap 'exit 143' TERM INT; while :; do sleep 3600 & wait; done"];
    expect(proxyOf(pod, 'm', IMAGE)).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', annotations: { 'multicluster.admiralty.io/sourcepod-manifest': 'm' } },
      spec: {
        containers: [{ ...kept, image: IMAGE, command }],
        schedulerName: 'berth',
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'node.multicluster.admiralty.io/target', operator: 'Exists' }] },
              ],
            },
          },
        },
        tolerations: [
          { key: 'node.multicluster.admiralty.io/target', operator: 'Exists', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
          { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
        ],
      },
    });
  });

  it('has init containers where the pod has them, and no ephemeral ones', () => {
    const { spec } = proxyOf(podOf({ initContainers: [], ephemeralContainers: [{}] }), 'm', IMAGE);
    expect(spec.initContainers).toEqual([]);
    expect(spec).not.toHaveProperty('ephemeralContainers');
  });

  it('keeps the fields of init containers, whose restart policy tells sidecars', () => {
    const initContainers = [ALL_FIELDS, { ...ALL_FIELDS, restartPolicy: 'OnFailure' }];
    const { spec } = proxyOf(podOf({ initContainers }), 'm', IMAGE);
    const commands = spec.initContainers?.map(({ command }) => command?.[2]);
    expect(commands).toEqual([expect.stringContaining('wait'), 'exit 0']);
    expect(spec.initContainers?.map(({ restartPolicy }) => restartPolicy)).toEqual(['Always', 'OnFailure']);
    for (const container of spec.initContainers ?? [])
      expect(Object.keys(container).sort()).toEqual([...KEPT, 'command', 'image'].sort());
  });

  it('shares no command between containers', () => {
    const { spec } = proxyOf(podOf({ containers: [{ name: 'a' }, { name: 'b' }] }), 'm', IMAGE);
    spec.containers[0]?.command?.push('x');
    expect(spec.containers[1]?.command).toHaveLength(3);
    expect(proxyOf(podOf(), 'm', IMAGE).spec.containers[0]?.command).toHaveLength(3);
  });
});

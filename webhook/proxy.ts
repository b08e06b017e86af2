/**
 * The proxy pod (docs/design.md, 5): it keeps what policies, quotas and controllers look at, so that home judges the pod
 * that was asked for, and loses what would run. In virtual mode nothing of it ever runs.
 */
import { ANNOTATION, type Container, type Pod, type PodSpec, PROXY_SCHEDULER, VIRTUAL_NODE_KEY } from '../api/index.ts';

export const DEFAULT_PROXY_IMAGE = 'busybox:1.36';

const RUN_UNTIL_TOLD = ['sh', '-c', "trap 'exit 143' TERM INT; while :; do sleep 3600 & wait; done"];
const END_AT_ONCE = ['sh', '-c', 'exit 0'];

/** Fields of a container that stay; environment, arguments, probes and hooks are the delegate's. */
const KEPT = [
  'name',
  'imagePullPolicy',
  'ports',
  'resizePolicy',
  'resources',
  'restartPolicy',
  'securityContext',
  // What `kubectl attach` looks at before it asks: streams that the delegate does not have are refused.
  'stdin',
  'stdinOnce',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'tty',
  'volumeDevices',
  'volumeMounts',
];

/**
 * The proxy of a pod: the same metadata and the manifest (see encodeManifest), containers by the same names with the
 * proxy's image. Fields of the pod that are not known here stay.
 */
export function proxyOf(original: Pod, manifest: string, image: string): Pod {
  const { metadata } = original;
  return {
    ...original,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [ANNOTATION.manifest]: manifest } },
    spec: proxySpec(original.spec, image),
  };
}

function proxySpec(original: PodSpec, image: string): PodSpec {
  // What decides where and how long it runs counts where it runs: the delegate has it from the manifest.
  const { nodeSelector, topologySpreadConstraints, activeDeadlineSeconds, ephemeralContainers, ...kept } = original;
  return {
    ...kept,
    containers: original.containers.map((container) => standIn(container, image, RUN_UNTIL_TOLD)),
    ...(original.initContainers === undefined
      ? {}
      : { initContainers: original.initContainers.map((container) => initStandIn(container, image)) }),
    schedulerName: PROXY_SCHEDULER,
    // A node selector would have to name the target, which is not known yet.
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: VIRTUAL_NODE_KEY, operator: 'Exists' }] }],
        },
      },
    },
    // Without a limit of time: an agent that is away costs no pod.
    tolerations: [
      { key: VIRTUAL_NODE_KEY, operator: 'Exists', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
    ],
  };
}

const initStandIn = (container: Container, image: string): Container =>
  standIn(container, image, container.restartPolicy === 'Always' ? RUN_UNTIL_TOLD : END_AT_ONCE);

function standIn(container: Container, image: string, command: readonly string[]): Container {
  const kept = Object.fromEntries(Object.entries(container).filter(([field]) => KEPT.includes(field)));
  return { ...kept, name: container.name, image, command: [...command] };
}

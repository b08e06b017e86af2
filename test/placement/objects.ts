import { ANNOTATION, type Pod, type PodSpec, type ResourceList } from '../../api/index.ts';

/** Label of the nodes that one scene has for itself; its pods select them. */
export const SCENE = 'placement.test/scene';

export type PodOptions = {
  /** A resource of another domain than Kubernetes' own needs a limit too, and gets it. */
  readonly requests?: ResourceList;
  readonly annotations?: Record<string, string>;
  /** How long it runs, as in Go; for ever unless told. */
  readonly duration?: string;
  readonly hostPort?: number;
  /** What else its spec says; a node selector comes beside the scene's. */
  readonly spec?: Partial<PodSpec>;
};

/** A pod for the nodes of a scene, whose name its namespace has too. */
export function plainPod(scene: string, name: string, options: PodOptions = {}): Pod {
  const { requests = { cpu: '100m' }, annotations, duration = 'forever', hostPort, spec } = options;
  const limits = Object.fromEntries(Object.entries(requests).filter(([resource]) => resource.includes('/')));
  const port = hostPort === undefined ? {} : { ports: [{ containerPort: hostPort, hostPort }] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: scene, annotations: { 'sim/duration': duration, ...annotations } },
    spec: {
      restartPolicy: 'Never',
      ...spec,
      nodeSelector: { [SCENE]: scene, ...spec?.nodeSelector },
      containers: [{ name: 'main', image: 'busybox', resources: { requests, limits }, ...port }],
    },
  };
}

/** The same pod, but it asks to be elected. */
export const electedPod = (scene: string, name: string, options: PodOptions = {}): Pod =>
  plainPod(scene, name, { ...options, annotations: { ...options.annotations, [ANNOTATION.elect]: '' } });

/** What journeys submit. All pods ask for little, so that many journeys fit side by side. */
import { ANNOTATION, type Container, type KubeObject, type PodSpec } from '../../api/index.ts';

/** In the image store of every test cluster; there is no registry. */
const IMAGE = 'busybox:1.36';

/** A shell that ends when told (SIGTERM): as process 1 it would ignore that. */
export const UNTIL_TOLD = "trap 'exit 0' TERM; sleep 3600 & wait";

/** Ends with that code as soon as the file /tmp/end is there, see `letEnd`. */
export const untilLetEnd = (exitCode: number): string =>
  `trap 'exit 143' TERM; until [ -e /tmp/end ]; do sleep 0.1; done; exit ${exitCode}`;

/** A container that runs a shell script. */
export const shell = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: IMAGE,
  command: ['sh', '-c', script],
  resources: { requests: { cpu: '10m' } },
  ...more,
});

/** The annotations of a pod that is to run in `target`. */
export const sentTo = (target: string): Record<string, string> => ({
  [ANNOTATION.elect]: '',
  [ANNOTATION.clusterName]: target,
});

/** A pod that never restarts and is killed a second after it is told to end. */
export const once = (containers: readonly Container[], more: Partial<PodSpec> = {}): PodSpec => ({
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: 1,
  containers: [...containers],
  ...more,
});

/** An elected pod. */
export const elected = (name: string, target: string, spec: PodSpec): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations: sentTo(target) },
  ...{ spec },
});

/** A pod template whose pods carry the label `app` and run in `target`. */
export const template = (app: string, target: string, spec: PodSpec) => ({
  metadata: { labels: { app }, annotations: sentTo(target) },
  spec: { terminationGracePeriodSeconds: 1, ...spec },
});

/** An object of a workload controller. */
export const workload = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name },
  ...{ spec },
});

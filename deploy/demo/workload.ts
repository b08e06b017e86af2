/** Pure: the objects that the demo submits. */
import { ANNOTATION } from '../../api/index.ts';
import { PINNED } from './report.ts';
import { RUN_LABEL } from './timeline.ts';

/** Where steps are submitted; room for three of them. */
export const HOME = { name: 'cluster1', cpu: '600m' };
/** Room for four. */
export const OTHER = { name: 'cluster2', cpu: '800m' };
export const NAMESPACE = 'default';
export const STEPS = 10;

/** An object with the path that it is posted to. */
export interface Submission {
  path: string;
  object: object;
}

export interface Phase {
  submissions: Submission[];
  /** Pods of the run that must have ended, those of earlier phases included, before the next phase begins. */
  ended: number;
}

const ELECTED = { [ANNOTATION.elect]: '' };

/** Scenario A: ten parallel steps of ten seconds, as plain pods or elected. */
export const scenarioA = (run: string, o: { elected: boolean }): Phase[] => [
  { submissions: [job(run, o.elected ? ELECTED : {})], ended: STEPS },
];

/** Scenario B: a and b, then c; b runs in `pinnedTo`, the others are plain pods. */
export const scenarioB = (run: string, pinnedTo: string): Phase[] => [
  {
    submissions: [pod(run, 'a', {}), pod(run, PINNED, { ...ELECTED, [ANNOTATION.clusterName]: pinnedTo })],
    ended: 2,
  },
  { submissions: [pod(run, 'c', {})], ended: 3 },
];

function job(run: string, annotations: Record<string, string>): Submission {
  return {
    path: `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
    object: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: run },
      spec: { parallelism: STEPS, completions: STEPS, backoffLimit: 0, template: template(run, annotations) },
    },
  };
}

const pod = (run: string, name: string, annotations: Record<string, string>): Submission => {
  const { metadata, spec } = template(run, annotations);
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
  return { path: `/api/v1/namespaces/${NAMESPACE}/pods`, object };
};

/** On simulated nodes nothing sleeps: there the annotation says how long the pod plays. */
const template = (run: string, annotations: Record<string, string>) => ({
  metadata: { labels: { [RUN_LABEL]: run }, annotations: { 'sim/duration': '10s', ...annotations } },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    // Steps ask no API server; without the token's volume a kubelet starts them at once.
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'step',
        image: 'busybox:1.36',
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', '10'],
        resources: { requests: { cpu: '200m' } },
      },
    ],
  },
});

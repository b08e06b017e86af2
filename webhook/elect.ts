/** Which pods become proxies. */
import { ANNOTATION, ARGO, type Pod, PROXY_SCHEDULER, type Reason } from '../api/index.ts';
import { annotationMistake } from './annotations.ts';
import { tieToHome, tornFromHome } from './at-home.ts';

/** `leave`: the pod stays as it is, and why. `refuse`: it must not be created, and why. */
export type Election = { elected: true } | { leave: Reason } | { refuse: Reason };

const MIRROR = 'kubernetes.io/config.mirror';

/** Reasons to leave a pod alone, in the order in which they are looked for. */
const LEAVE: [applies: (pod: Pod) => boolean, message: string][] = [
  [(pod) => pod.metadata.annotations?.[ANNOTATION.elect] === undefined, 'the pod has no annotation elect'],
  [(pod) => (pod.spec.nodeName ?? '') !== '', 'the pod is bound to a node already'],
  // They take over the user's annotations, but work at home only: on the workflow, with home's credentials.
  [(pod) => pod.metadata.labels?.[ARGO.component] !== undefined, 'pods of Argo Workflows itself stay at home'],
  [(pod) => pod.metadata.annotations?.[MIRROR] !== undefined, 'the mirror of a static pod stays on its node'],
  [
    (pod) => pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false,
    'pods of DaemonSets belong to their nodes',
  ],
];

/** Decides about a pod as it is submitted to `cluster`, with its annotations checked. */
export function elect(pod: Pod, cluster: string): Election {
  const forgery = forged(pod);
  if (forgery !== undefined) return { refuse: forgery };
  const left = LEAVE.find(([applies]) => applies(pod));
  if (left !== undefined) return { leave: { reason: 'NotElected', message: left[1] } };
  const mistake = annotationMistake(pod.metadata.annotations ?? {});
  if (mistake !== undefined) return { refuse: mistake };
  const tie = tieToHome(pod);
  if (tie === undefined) return { elected: true };
  const torn = tornFromHome(pod, cluster, tie);
  return torn === undefined ? { leave: { reason: 'NotElected', message: tie } } : { refuse: torn };
}

/** Only we make proxies: one made by hand would run what home has never judged. */
function forged({ metadata, spec }: Pod): Reason | undefined {
  if (metadata.annotations?.[ANNOTATION.manifest] !== undefined)
    return { reason: 'ProxyCopied', message: `the pod carries ${ANNOTATION.manifest} already` };
  if (spec['schedulerName'] !== PROXY_SCHEDULER) return undefined;
  return { reason: 'ReservedScheduler', message: `the pod has schedulerName ${PROXY_SCHEDULER}` };
}

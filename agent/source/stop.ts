/**
 * Argo Workflows ends a running step (`argo stop`, `argo terminate`, deadlines) by exec into its containers, which the
 * virtual node answers (agent/kubelet/signals.ts); 3.7 sets the label `completed: "true"` then as well, whether or not
 * that worked, and forgets the pod; 4.1 sets it only when the step has reported (docs/adr/0010-argos-signals.md).
 */
import { type Action, ARGO, type Pod } from '../../api/index.ts';
import { patchSpec, SHORTEST_GRACE } from './delegate.ts';
import { activeDelegation, type Ending, type SourceState } from './state.ts';

/** Of pods that say nothing (k8s.io/api, core/v1, `DefaultTerminationGracePeriodSeconds`). */
const USUAL_GRACE = 30;

/** One patch of the delegation's spec when its time has come; the delegation itself stays until the proxy goes. */
export function stop(state: SourceState, now: number): Action[] {
  const delegation = activeDelegation(state);
  const ending = endingOf(state);
  if (delegation === undefined || ending === undefined || ending.at > now) return [];
  const { graceSeconds } = ending;
  return [
    patchSpec(delegation, {
      desired: 'Stop',
      ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
    }),
  ];
}

/**
 * When and how the delegate is to be withdrawn; undefined if it is not, or was. A step that was signalled has its grace,
 * whatever the label says meanwhile: it is not to be told twice.
 */
export function endingOf(state: SourceState): Ending | undefined {
  if (activeDelegation(state) === undefined) return undefined;
  if (state.ending !== undefined) return state.ending;
  return state.proxy?.metadata.labels?.[ARGO.completed] === 'true' ? { at: 0 } : undefined;
}

/**
 * The delegate's containers were told to end. What then still runs is killed when the grace is over, which is asked for
 * a little earlier, since it takes the shortest grace.
 *
 * @param now milliseconds since the epoch.
 */
export function toldToEnd({ spec }: Pod, now: number): Ending {
  const grace = spec.terminationGracePeriodSeconds ?? USUAL_GRACE;
  const left = Math.max(grace - SHORTEST_GRACE, SHORTEST_GRACE);
  return { at: now + left * 1000, graceSeconds: SHORTEST_GRACE };
}

/** Argo says things again, and sends SIGKILL behind SIGTERM: what ends the step first counts. */
export const sooner = (known: Ending | undefined, news: Ending): Ending =>
  known !== undefined && known.at <= news.at ? known : news;

/** Pure: what a pod's object says of where it stands, in words for the live view. */
import { type ContainerState, isTerminal, type Pod } from '../../api/index.ts';

export type StepState = 'waiting' | 'pending' | 'running' | 'done' | 'failed';

export interface Standing {
  state: StepState;
  /** Why it waits, is not running yet, or failed; empty when there is nothing to say. */
  why: string;
}

/** Where a pod stands, as its own cluster says. */
export function standingOf({ spec, status }: Pod): Standing {
  if (status?.phase === 'Succeeded') return { state: 'done', why: '' };
  if (isTerminal(status)) return { state: 'failed', why: whyFailed(status) };
  if (status?.phase === 'Running') return { state: 'running', why: '' };
  if (spec.nodeName === undefined) return { state: 'waiting', why: whyWaiting(status) };
  return { state: 'pending', why: states(status)[0]?.waiting?.reason ?? '' };
}

/** A scheduler's reasons, without its count before them and what kube-scheduler says of preemption behind them. */
function whyWaiting(status: Pod['status']): string {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? reasonsOnly(scheduled.message ?? scheduled.reason ?? '') : '';
}

function whyFailed(status: Pod['status']): string {
  for (const { terminated } of states(status)) {
    if (terminated !== undefined && terminated.exitCode !== 0) {
      return [`exit code ${terminated.exitCode}`, terminated.reason, terminated.message].filter(Boolean).join(', ');
    }
  }
  return [status?.reason, status?.message].filter(Boolean).join(': ') || 'no reason given';
}

const states = (status: Pod['status']): ContainerState[] =>
  (status?.containerStatuses ?? []).flatMap(({ state }) => (state === undefined ? [] : [state]));

const reasonsOnly = (text: string): string =>
  text.replace(/^\d+\/\d+ \w+ are available: /, '').replace(/\.\s.*|\.$/s, '');

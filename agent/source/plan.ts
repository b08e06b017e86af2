/** The way of one proxy, step by step: state and time in, actions and reasons out. */
import { type Action, isTerminal, type Plan, type Reason, refusalOf, type Warning } from '../../api/index.ts';
import { amend } from './amend.ts';
import { bind } from './bind.ts';
import { delegate } from './delegate.ts';
import { end } from './end.ts';
import { explain, waitingMessage } from './explain.ts';
import { follow, LOOK_AGAIN_MS, lacking } from './follow.ts';
import { mirror } from './mirror.ts';
import { observe } from './observe.ts';
import { currentDelegation, type SourceState } from './state.ts';
import { endingOf, stop } from './stop.ts';
import { taskResult } from './task-result.ts';

/** @param now milliseconds since the epoch. */
export function plan(state: SourceState, now: number): Plan {
  const { proxy } = state;
  if (proxy === undefined) return { actions: [...taskResult(state), ...end(state, now)], reasons: [] };
  if (proxy.metadata.deletionTimestamp !== undefined) {
    return { actions: [...taskResult(state), ...mirror(state), ...end(state, now)], reasons: [] };
  }
  if (isTerminal(proxy.status)) return { actions: [], reasons: [] };
  const binding = bind(state);
  const stopping = stop(state, now);
  return {
    actions: [
      ...observe(state),
      ...explain(state, now),
      ...delegate(state),
      ...follow(state),
      // A delegate that is about to end needs no news of its owner.
      ...(stopping.length > 0 || state.ending !== undefined ? stopping : amend(state)),
      ...binding,
      ...taskResult(state),
      ...feedback(state, binding),
    ],
    reasons: reasons(state),
    ...wakeUp(state, now),
  };
}

function wakeUp(state: SourceState, now: number): Pick<Plan, 'wakeAfterMs'> {
  const waits = lacking(state).length > 0 ? [LOOK_AGAIN_MS] : [];
  const at = endingOf(state)?.at;
  if (at !== undefined && at > now) waits.push(at - now);
  return waits.length === 0 ? {} : { wakeAfterMs: Math.min(...waits) };
}

/** The patch needs the version after the Binding, so it waits for that to be seen. */
function feedback(state: SourceState, binding: Action[]): Action[] {
  const unseen = binding.length > 0 || (state.bindingSent && state.proxy?.spec.nodeName === undefined);
  return unseen ? [] : mirror(state);
}

/** What a user should meet as an Event on the proxy. */
function reasons(state: SourceState): Reason[] {
  const refusals: Reason[] = state.delegations.flatMap((delegation) => {
    const refusal = refusalOf(delegation);
    if (refusal === undefined || delegation.spec.desired === 'Gone') return [];
    const reason = refusal.reason === 'DelegateUnschedulable' ? 'DelegateUnschedulable' : 'DelegateRefused';
    return [{ reason, message: `${delegation.spec.target}: ${refusal.message ?? ''}` }];
  });
  const message = state.proxy?.spec.nodeName === undefined ? waitingMessage(state) : undefined;
  const waiting: Reason[] = message === undefined ? [] : [{ reason: 'Waiting', message }];
  return [...refusals, ...waiting, ...unreadable(state), ...resultLost(state), ...lacking(state)];
}

function resultLost(state: SourceState): Reason[] {
  const message = currentDelegation(state)?.status?.taskResult?.refused;
  return message === undefined ? [] : [{ reason: 'ResultRefused', message }];
}

/** What the target's cluster warned of, for an Event each on the proxy; only ever added to. */
export const warnings = (state: SourceState): readonly Warning[] => {
  const delegation = currentDelegation(state);
  const target = delegation?.spec.target;
  return delegation?.status?.warnings?.map((each) => ({ ...each, message: `${target}: ${each.message}` })) ?? [];
};

/** A proxy whose manifest cannot be read goes nowhere, and says so. */
function unreadable(state: SourceState): Reason[] {
  if (state.observation !== undefined || state.proxy?.spec.nodeName !== undefined) return [];
  const original = state.original();
  return 'pod' in original ? [] : [original.refused];
}

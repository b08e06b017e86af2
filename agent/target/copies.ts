/** What the delegate refers to is made for it, as soon as it is there and its source has sent it along (agent/follow). */
import { type Action, type CreateAction, isTerminal, type Pod } from '../../api/index.ts';
import { copiesFor } from '../follow/bundle.ts';
import type { DelegateState } from './state.ts';

/** How soon to look again for what the source has yet to send: it does so right after the delegation. */
export const AWAIT_MS = 500;

/** How soon to try again where the API server would not have a copy. */
export const REFUSED_COPIES_MS = 10_000;

/** What is remembered of it. */
export interface Copying {
  /** UID of the delegate for which everything that follows it has been copied. */
  copiedFor?: string;
  /** The API server would not have a copy: its words, and when to try again. */
  refusedCopies?: { message: string; until: number };
}

/** Whether copies for this delegate are still to be made. */
export function needsCopies(
  pod: Pod | undefined,
  { delegation, now }: Pick<DelegateState, 'delegation' | 'now'>,
  { copiedFor, refusedCopies }: Copying,
): boolean {
  const { follow, desired } = delegation.spec;
  if (follow === undefined || desired !== 'Run' || pod === undefined || isTerminal(pod.status)) return false;
  return copiedFor !== pod.metadata.uid && (refusedCopies?.until ?? 0) <= now;
}

/** A create for each of them. */
export const copies = (pod: Pod, { delegation, followers }: DelegateState): CreateAction[] =>
  followers === undefined ? [] : copiesFor(pod, delegation, followers);

/** The delegate itself, its right to report and its claim are made by other steps. */
export const isCopy = (action: Action): boolean =>
  action.do === 'create' &&
  (action.resource === 'secrets' || action.resource === 'configmaps') &&
  action.as !== undefined;

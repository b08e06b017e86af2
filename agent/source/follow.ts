/** What the pod refers to follows it: the source puts it beside the delegation once (agent/follow). */
import type { Action, Reason } from '../../api/index.ts';
import { createBundle } from '../follow/bundle.ts';
import { activeDelegation, type SourceState } from './state.ts';

/** How soon to look again for what is not there. Nobody tells: agents may read what they know by name, not follow it. */
export const LOOK_AGAIN_MS = 5_000;

/** One create, if all that follows was found and not yet sent. */
export function follow(state: SourceState): Action[] {
  const delegation = activeDelegation(state);
  const { found } = state;
  if (delegation === undefined || found === undefined || 'missing' in found) return [];
  return [createBundle(delegation, found.followers)];
}

/** What the delegate waits for in vain. */
export function lacking({ found }: SourceState): Reason[] {
  if (found === undefined || 'followers' in found) return [];
  return [{ reason: 'FollowedMissing', message: `the pod refers to what is not there: ${found.missing.join(', ')}` }];
}

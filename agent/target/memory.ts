/** What the reconciler remembers of one delegate between two looks at it; all of it may be lost with the process. */
import type { Pod, PodDelegation } from '../../api/index.ts';
import type { Copying } from './copies.ts';
import { isDelegateOf } from './delegate-pod.ts';
import { differs } from './plan.ts';
import type { Beside } from './report.ts';
import type { DelegateState } from './state.ts';

/** API servers give up on a request after a minute: what has not taken effect by then never will. */
export const IN_FLIGHT_MS = 60_000;

/**
 * The same for requests of a process that has died: its connections are closed, and what came through them is under way.
 * Counted from our start, which is a lease's duration behind that death.
 */
export const INHERITED_IN_FLIGHT_MS = 10_000;

export interface Memory extends Copying {
  /** The delegate as last seen. */
  last?: Pod;
  /** True once the API server has said that it is gone, or never was. */
  removed: boolean;
  /** We asked for its removal because no node took it. */
  withdrawal?: { uid: string | undefined; message: string };
  pendingSince?: number;
  differsSince?: number;
  writtenAt?: number;
  /** Until when a create of ours that got no answer may take effect. */
  unsureUntil?: number;
  /** Until when a create of who led before us may take effect. */
  inheritedUntil?: number;
  /** Whether its Events say that there was a delegate, once they have been asked for. */
  hadRun?: boolean;
  /** The amendments that the API server refused, and its words. */
  refusedAmendments?: { mark: string; message: string };
  /** True once the result has been read that the delegate left behind. */
  resultRead?: boolean;
  /** When the API server first refused to create it. */
  refusedAt?: number;
  /** Since when its delegation has been missing on the hub, and whether that was logged. */
  orphanSince?: number;
  orphanTold?: boolean;
}

/** Takes note of the delegate as it is now. */
export function see(
  memory: Memory,
  pod: Pod,
  delegation: PodDelegation,
  { now, ...beside }: Beside & { now: number },
): void {
  memory.last = pod;
  const pending = pod.spec.nodeName === undefined;
  const { pendingSince = now, differsSince = now } = memory;
  delete memory.pendingSince;
  delete memory.differsSince;
  if (pending) memory.pendingSince = pendingSince;
  if (differs(pod, delegation, beside)) memory.differsSince = differsSince;
}

type Remembered = Pick<
  DelegateState,
  | 'last'
  | 'withdrawn'
  | 'pendingSince'
  | 'differsSince'
  | 'writtenAt'
  | 'unsureUntil'
  | 'inheritedUntil'
  | 'refusedAmendments'
>;

/** The part of a plan's state that comes from memory. */
export function recall(memory: Memory, delegation: PodDelegation, present: boolean): Remembered {
  const { pendingSince, differsSince, writtenAt, unsureUntil, inheritedUntil, withdrawal, refusedAmendments } = memory;
  const last = memory.last !== undefined && isDelegateOf(memory.last, delegation) ? memory.last : undefined;
  // A binding that came between may have won: what had a node ran, and is lost instead of withdrawn.
  const ours = withdrawal?.uid !== undefined && withdrawal.uid === last?.metadata.uid && !last?.spec.nodeName;
  return {
    ...(!present && last !== undefined && { last }),
    ...(!present && ours && { withdrawn: withdrawal.message }),
    ...(pendingSince !== undefined && { pendingSince }),
    ...(differsSince !== undefined && { differsSince }),
    ...(writtenAt !== undefined && { writtenAt }),
    ...(unsureUntil !== undefined && { unsureUntil }),
    ...(inheritedUntil !== undefined && { inheritedUntil }),
    ...(refusedAmendments !== undefined && { refusedAmendments: refusedAmendments.mark }),
  };
}

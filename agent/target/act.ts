/** Carries out a plan of the target, and turns what the API server says to a create into a refusal. */
import type { Action, Plan, PodDelegation, Reason } from '../../api/index.ts';
import { ActionError, ApiError, ConnectionError, isAlreadyExists, isRefusal, type Runner } from '../../kube/index.ts';
import { markOf } from './amendments.ts';
import { isCopy, REFUSED_COPIES_MS } from './copies.ts';
import { IN_FLIGHT_MS, type Memory } from './memory.ts';
import { refuse } from './refuse.ts';

/**
 * A namespace made a moment ago has no service account yet, a role no effect: the API server then says 403 and means
 * "not yet". Only what it says again after this is final.
 */
const CONFIRM_REFUSAL_MS = 1_000;

/** The API server's final word about a create, or undefined: then the create may be tried again. */
function refusalIn(error: ActionError): Reason | undefined {
  const { cause } = error;
  if (isAlreadyExists(cause)) return { reason: 'DelegateNameTaken', message: cause.message };
  return isRefusal(cause) ? { reason: 'DelegateRefused', message: cause.message } : undefined;
}

/** Whether a request that failed may have, or get, an effect all the same. */
const mayStillHappen = (cause: unknown): boolean =>
  cause instanceof ApiError ? cause.status >= 500 : !(cause instanceof ConnectionError && !cause.sent);

const isAmendment = (action: Action): boolean => action.do === 'patch' && action.resource === 'pods';

/** Rejects if the plan has to be made anew; a create that is refused, and again a second later, is told to the hub. */
export async function act(
  plan: Plan,
  context: { delegation: PodDelegation; memory: Memory; run: Runner; now: number; signal: AbortSignal },
): Promise<{ reasons: Reason[]; wakeAfterMs?: number | undefined }> {
  const { delegation, memory, run, now, signal } = context;
  const told = plan.actions.some((action) => action.do === 'patch' && action.at === 'hub');
  const withdrawal = plan.reasons.find(({ reason }) => reason === 'DelegateUnschedulable');
  // Before the delete: its answer may be lost, and a delegate that vanishes for no reason of ours counts as failed.
  if (withdrawal !== undefined && memory.last !== undefined)
    memory.withdrawal = { uid: memory.last.metadata.uid, message: withdrawal.message };
  try {
    await run(plan.actions, signal);
    if (told) memory.writtenAt = now;
    if (plan.actions.some(isCopy) && memory.last?.metadata.uid !== undefined)
      memory.copiedFor = memory.last.metadata.uid;
    return plan;
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    if (isAmendment(error.action) && isRefusal(error.cause)) {
      // Not tried again until there are others: the report of how the delegate fares must not wait for it.
      const { message } = error.cause;
      memory.refusedAmendments = { mark: markOf(delegation.spec.amendments) ?? '', message };
      return { reasons: [{ reason: 'AmendmentRefused', message }], wakeAfterMs: 0 };
    }
    if (isCopy(error.action) && isRefusal(error.cause)) {
      // No reason to take the delegate away, which waits for it: the report of how it fares says so.
      const { message } = error.cause;
      memory.refusedCopies = { message, until: now + REFUSED_COPIES_MS };
      return { reasons: [{ reason: 'CopyRefused', message }], wakeAfterMs: 0 };
    }
    if (error.action.do !== 'create' || isCopy(error.action)) throw error;
    const refusal = refusalIn(error);
    if (refusal === undefined) {
      if (mayStillHappen(error.cause)) {
        memory.unsureUntil = now + IN_FLIGHT_MS;
        // It may have happened since we asked.
        delete memory.hadRun;
      }
      throw error;
    }
    memory.refusedAt ??= now;
    const left = memory.refusedAt + CONFIRM_REFUSAL_MS - now;
    if (left > 0) return { reasons: [], wakeAfterMs: left };
    await run(refuse(delegation, refusal, now).actions, signal);
    return { reasons: [refusal] };
  }
}

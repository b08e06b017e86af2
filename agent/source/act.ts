/** Carries out a plan of the source, and takes note of what no cache will show. */
import type { Action, PatchAction, TaskResult } from '../../api/index.ts';
import { ActionError, isNotFound, isRefusal, type Runner } from '../../kube/index.ts';
import type { Told } from './state.ts';

export interface Acting {
  act: Runner;
  uid: string;
  /** Bindings that we sent and the cache does not show. */
  bound: Set<string>;
  /** By the proxy's UID: what Argo was told of its step's result. */
  told: Map<string, Told>;
  /** What such an action tells. */
  result: TaskResult | undefined;
  signal: AbortSignal;
}

export interface Outcome {
  /** The proxy is not there any more; the cache shows it in a moment. */
  proxyIsGone?: true;
  /** The API server's words where it would not take the result. */
  resultRefused?: string;
}

/** Rejects if the plan has to be made anew. A result that is refused holds up nothing: how the pod ended still counts. */
export async function act(actions: Action[], acting: Acting): Promise<Outcome> {
  const outcome: Outcome = {};
  for (const action of actions) {
    try {
      await acting.act([action], acting.signal);
    } catch (error) {
      if (isAtHome(error, 'pods') && isNotFound(error.cause)) return { ...outcome, proxyIsGone: true };
      if (!isAtHome(error, 'workflowtaskresults') || !isRefusal(error.cause)) throw error;
      outcome.resultRefused = error.cause.message;
    }
    if (action.do === 'bind') acting.bound.add(acting.uid);
    if (isResult(action) && acting.result !== undefined) {
      const { namespace = '', name } = action;
      acting.told.set(acting.uid, { result: acting.result, namespace, name });
    }
  }
  return outcome;
}

const isResult = (action: Action): action is PatchAction =>
  action.do === 'patch' && action.resource === 'workflowtaskresults';

const isAtHome = (error: unknown, resource: string): error is ActionError =>
  error instanceof ActionError &&
  error.action.at === 'home' &&
  (error.action.do === 'bind' ? 'pods' : error.action.resource) === resource;

import { DeadlineError } from './errors.ts';

/**
 * Runs `work` with a signal that follows `signal` and fires after `ms` with a DeadlineError.
 * AbortSignal.any would do the same, but it leaves a reference at the long-lived signal for every request.
 */
export async function withDeadline<T>(
  what: string,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { controller, release } = linked(signal);
  const timer = setTimeout(() => controller.abort(new DeadlineError(what, ms)), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    release();
  }
}

/** A controller that aborts with `signal`; `release` unlinks the two. */
export function linked(signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const follow = () => controller.abort(signal?.reason);
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow, { once: true });
  return { controller, release: () => signal?.removeEventListener('abort', follow) };
}

/** Settles as `promise` does, or rejects as soon as the signal fires. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

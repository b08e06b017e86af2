import type { KubeObject } from '../api/index.ts';
import type { Store } from './store.ts';

/** Resolves as soon as `done` is true, which is asked now and after every change of the store; rejects with the signal. */
export function until<T extends KubeObject>(store: Store<T>, done: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      unsubscribe();
      signal.removeEventListener('abort', abort);
    };
    const check = () => {
      if (!done()) return;
      end();
      resolve();
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    const unsubscribe = store.subscribe(check);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    check();
  });
}

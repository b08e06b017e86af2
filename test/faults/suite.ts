/** What runs a suite of faults from the command line. */

/**
 * Calls `main` with a signal that fires at SIGINT, SIGTERM and after `limitMs`, then ends the process, whatever still
 * watches: with 0 if `main` resolved to true. It does not wait for an empty event loop: after sockets were
 * reset beneath TLS, as the fault proxy does it, Node 24 may spin for ever in its own clean-up of handles.
 */
export async function runSuite(limitMs: number, main: (signal: AbortSignal) => Promise<boolean>): Promise<never> {
  const ending = new AbortController();
  for (const by of ['SIGINT', 'SIGTERM'] as const) process.once(by, () => ending.abort(new Error(`ended by ${by}`)));
  let good = false;
  try {
    good = await main(AbortSignal.any([ending.signal, AbortSignal.timeout(limitMs)]));
  } catch (error) {
    console.error(error);
  }
  process.exit(good ? 0 : 1);
}

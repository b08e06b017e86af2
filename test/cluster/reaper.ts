import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanUp } from './clean-up.ts';

/**
 * Starts a process that waits for the end of ours, however it comes (Ctrl-C, an uncaught exception, SIGKILL),
 * and then cleans up the cluster in `stateDir`. Returns the function that calls it off.
 */
export function startReaper(stateDir: string, env: NodeJS.ProcessEnv): () => void {
  // A shell waits in Node's place, because there is one per cluster and it needs a fiftieth of the memory.
  const script = 'cat >/dev/null; exec "$0" "$@"';
  const child = spawn('sh', ['-c', script, process.execPath, fileURLToPath(import.meta.url), stateDir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env,
  });
  child.once('error', () => undefined);
  child.unref();
  return () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
}

if (import.meta.main) {
  const [stateDir] = process.argv.slice(2);
  if (stateDir === undefined) throw new Error('usage: reaper.ts STATE-FOLDER');
  await cleanUp(stateDir);
}

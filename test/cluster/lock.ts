import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessId } from './process-id.ts';
import { waitUntil } from './wait.ts';

/** Half an hour: a cold build on a small machine takes a quarter of it. */
const PATIENCE = 30 * 60_000;

/**
 * Holds a lock file while `work` runs, so that two runs do not do the same at once. A lock whose holder has
 * died is taken over. Waits up to half an hour, saying so.
 */
export async function withLock<T>(file: string, log: (line: string) => void, work: () => Promise<T>): Promise<T> {
  let said = false;
  await mkdir(dirname(file), { recursive: true });
  await waitUntil(
    async () => {
      if (await acquire(file)) return true;
      if (!said) log(`another run is at work (${file}); waiting for it`);
      said = true;
      return false;
    },
    { what: `lock ${file}`, timeout: PATIENCE, interval: 200 },
  );
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(JSON.stringify(identify(process.pid)));
    await handle.close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const content = await readFile(file, 'utf8').catch(() => '');
  // An empty file belongs to a holder that is just writing it.
  if (content === '' || isAlive(JSON.parse(content) as ProcessId)) return false;
  await rm(file, { force: true });
  return acquire(file);
}

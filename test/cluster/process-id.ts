import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told from a later one of the same number by the time it started. */
export type ProcessId = { readonly pid: number; readonly started: string };

/** Identifies a living process. Throws when there is none of that number. */
export function identify(pid: number): ProcessId {
  const started = startTime(pid);
  if (started === undefined) throw new Error(`process ${pid} has ended`);
  return { pid, started };
}

/** Whether that very process still lives (a zombie does not). */
export function isAlive({ pid, started }: ProcessId): boolean {
  return startTime(pid) === started;
}

function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses, which may hold blanks; the 3rd is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startTimeByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

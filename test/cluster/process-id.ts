import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, told from a later one of the same number by the time it started. */
export type ProcessId = { readonly pid: number; readonly started: string };

/** Identifies a process that lives, or has ended but not been waited for. Throws when there is none of that number. */
export function identify(pid: number): ProcessId {
  const found = look(pid);
  if (found === undefined) throw new Error(`process ${pid} has ended`);
  return { pid, started: found.started };
}

/** Whether that very process still lives (a zombie does not). */
export function isAlive({ pid, started }: ProcessId): boolean {
  const found = look(pid);
  return found?.started === started && !found.zombie;
}

type Look = { readonly started: string; readonly zombie: boolean };

function look(pid: number): Look | undefined {
  try {
    return process.platform === 'linux' ? lookInProc(pid) : lookByPs(pid);
  } catch {
    return undefined;
  }
}

function lookInProc(pid: number): Look {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses, which may hold blanks; the 3rd is the state, the 22nd the start.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { started: fields[18] ?? '', zombie: state === 'Z' };
}

function lookByPs(pid: number): Look {
  const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [state = '', ...date] = line.split(/\s+/);
  return { started: date.join(' '), zombie: state.startsWith('Z') };
}

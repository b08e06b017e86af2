/** What the machine and one process have used, from Linux's /proc. */
import { readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

export type Used = {
  /** Milliseconds of all cores together in which anything ran. */
  readonly hostCpuMs: number;
  /** Milliseconds that the process ran. */
  readonly processCpuMs: number;
};

/** CPU used since the machine and the process started. */
export async function used(pid: number): Promise<Used> {
  const [host, process] = await Promise.all([readFile('/proc/stat', 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
  return { hostCpuMs: busyMs(host), processCpuMs: processMs(process) };
}

export const usedSince = (now: Used, before: Used): Used => ({
  hostCpuMs: now.hostCpuMs - before.hostCpuMs,
  processCpuMs: now.processCpuMs - before.processCpuMs,
});

/** The most memory that a process has had so far, in MiB. */
export async function peakRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`no VmHWM in /proc/${pid}/status`);
  return Number(kib) / 1024;
}

/** Pure: from the text of /proc/stat. Idle and waiting for disks are no work; guest time is in user time already. */
export function busyMs(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (stat.split('\n')[0] ?? '')
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * TICK_MS;
}

/** Pure: user and system time from the text of /proc/PID/stat; the name before may hold blanks and parentheses. */
export function processMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

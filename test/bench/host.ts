/** What the machine and some of its processes have used, from Linux's /proc. */
import { readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;

export type Used = {
  /** Milliseconds of all cores together in which anything ran. */
  readonly hostCpuMs: number;
  /** Milliseconds that each process ran, by its name. */
  readonly processCpuMs: ReadonlyMap<string, number>;
};

/** CPU used since the machine and the processes (PIDs by name) started. */
export async function used(processes: ReadonlyMap<string, number>): Promise<Used> {
  const times = [...processes].map(async ([name, pid]) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return [name, processMs(stat)] as const;
  });
  return { hostCpuMs: busyMs(await readFile('/proc/stat', 'utf8')), processCpuMs: new Map(await Promise.all(times)) };
}

export const usedSince = (now: Used, before: Used): Used => ({
  hostCpuMs: now.hostCpuMs - before.hostCpuMs,
  processCpuMs: new Map([...now.processCpuMs].map(([name, ms]) => [name, ms - (before.processCpuMs.get(name) ?? 0)])),
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

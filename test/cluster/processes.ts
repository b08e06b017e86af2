import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entered } from './apart.ts';
import { identify, isAlive, type ProcessId } from './process-id.ts';
import { type OwnedProcess, updateState } from './state.ts';
import { Hopeless, waitUntil } from './wait.ts';

export type ProcessSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The cluster's folder: takes the log file `<name>.log` and the record of the process. */
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Network namespace to run in; ours if left out. */
  readonly netns?: string | undefined;
};

/** Starts a process in a group of its own and records it in the cluster's state. Fails if it cannot be executed. */
export async function startProcess(spec: ProcessSpec): Promise<OwnedProcess> {
  const log = openSync(logFile(spec.stateDir, spec.name), 'a');
  const [command = '', ...args] = entered(spec.netns, [spec.command, ...spec.args]);
  try {
    const child = spawn(command, args, {
      stdio: ['ignore', log, log],
      detached: true,
      env: spec.env,
      cwd: spec.stateDir,
    });
    if (child.pid === undefined) await once(child, 'spawn');
    child.unref();
    return record(spec, identify(child.pid ?? 0));
  } finally {
    closeSync(log);
  }
}

/** A process that cannot be recorded, since the cluster has been ended meanwhile, must not go on. */
function record({ name, stateDir }: ProcessSpec, id: ProcessId): OwnedProcess {
  const started = { name, ...id };
  try {
    updateState(stateDir, ({ processes }) => ({ processes: [...processes, started] }));
  } catch (error) {
    signalGroup(id, 'SIGKILL');
    throw error;
  }
  return started;
}

/** Throws, with the end of its log, when a process that should run has ended. */
export function assertAlive(process: OwnedProcess, stateDir: string): void {
  if (isAlive(process)) return;
  const tail = readFileSync(logFile(stateDir, process.name), 'utf8').trimEnd().split('\n').slice(-15);
  throw new Hopeless(`${process.name} has ended; the end of its log:\n${tail.join('\n')}`);
}

/** Ends processes: SIGTERM to each and its group, SIGKILL to those that still live after `patience` ms. */
export async function endProcesses(processes: readonly ProcessId[], patience = 10_000): Promise<void> {
  const living = () => processes.filter(isAlive);
  for (const process of living()) signalGroup(process, 'SIGTERM');
  const ended = () => living().length === 0;
  try {
    await waitUntil(ended, { what: 'processes end', timeout: patience, interval: 50 });
  } catch {
    for (const process of living()) signalGroup(process, 'SIGKILL');
    await waitUntil(ended, { what: 'killed processes end', timeout: 5_000, interval: 50 });
  }
}

const logFile = (stateDir: string, name: string) => join(stateDir, `${name}.log`);

function signalGroup({ pid }: ProcessId, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../deploy/node-flags.mjs';
import { type HarnessEnv, readEnv } from './cluster/env.ts';
import { Hopeless, waitUntil } from './cluster/wait.ts';

/** `berth up` in a process of its own. Disposing it (`await using`) stops it. */
export type Berth = AsyncDisposable & {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, however that came, with a sentence and the end of its log. */
  readonly ended: Promise<string>;
  /** SIGKILL, and waits for the end. */
  readonly kill: () => Promise<void>;
  /** SIGTERM, and waits for the end. Fails if the process did not end well. Repeated calls do nothing more. */
  readonly stop: () => Promise<void>;
};

type Reachable = { readonly name: string; readonly kubeconfig: string };

export type BerthOptions = {
  readonly hub: Pick<Reachable, 'kubeconfig'>;
  readonly members: readonly Reachable[];
  /** Takes all that the process prints; what is there already stays. */
  readonly logFile: string;
  /** Further arguments, such as `--cleanup`. */
  readonly args?: readonly string[];
  /** Leaves it running when our process ends. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds until it must be ready; 60 s unless told. */
  readonly timeout?: number;
  readonly env?: HarnessEnv;
};

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
/** More than it gives itself. */
const STOP_PATIENCE = 40_000;

/** Starts `berth up` and waits until it says `ready`; fails at once, with the end of its log, if it exits before. */
export async function startBerth(options: BerthOptions): Promise<Berth> {
  const { logFile, signal, env = readEnv() } = options;
  signal?.throwIfAborted();
  const from = size(logFile);
  const child = launch(options, env);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, by) => resolve(`berth up ended (${by ?? `exit code ${code}`})${tail(logFile, from)}`));
  });
  await once(child, 'spawn');
  // Else a process that leaves it running could not end.
  child.unref();
  const pid = child.pid ?? 0;
  const callOffReaper = options.keep === true ? () => undefined : startReaper(pid, env.processEnv);
  void ended.then(callOffReaper);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= end(child, ended);
    return stopping;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await ready(child, ended, options, from);
    return { pid, logFile, ended, kill, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** In a group of its own: a Ctrl-C at the terminal is for us, and we end it in order. */
function launch({ hub, members, logFile, args = [] }: BerthOptions, env: HarnessEnv): ChildProcess {
  const named = members.flatMap(({ name, kubeconfig }) => ['--member', `${name}=${kubeconfig}`]);
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, [...NODE_FLAGS, MAIN, 'up', '--hub', hub.kubeconfig, ...named, ...args], {
      stdio: ['ignore', log, log],
      detached: true,
      env: env.processEnv,
    });
  } finally {
    closeSync(log);
  }
}

async function ready(child: ChildProcess, ended: Promise<string>, options: BerthOptions, from: number): Promise<void> {
  const { logFile, signal, timeout = 60_000 } = options;
  const check = async () => {
    if (hasExited(child)) throw new Hopeless(await ended);
    return /^ready$/m.test(read(logFile, from));
  };
  try {
    await waitUntil(check, { what: 'berth up is ready', timeout, interval: 50, signal });
  } catch (error) {
    if (error instanceof Hopeless || signal?.aborted) throw error;
    throw new Error(`berth up: not ready within ${timeout / 1000} s${tail(logFile, from)}`, { cause: error });
  }
}

async function end(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (hasExited(child)) throw new Error(`it should still have run, but ${await ended}`);
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE);
  const how = await ended;
  clearTimeout(killer);
  if (child.exitCode !== 0) throw new Error(how);
}

const hasExited = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/**
 * A shell that waits for the end of our process, however it comes, and then ends a process of Berth; SIGKILL after 10 s.
 * Returns what calls it off.
 */
export function startReaper(pid: number, env: NodeJS.ProcessEnv): () => void {
  const script =
    'cat >/dev/null; kill -TERM $0; for _ in $(seq 100); do kill -0 $0 || exit 0; sleep 0.1; done; kill -KILL $0';
  const shell = spawn('sh', ['-c', script, String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env });
  shell.once('error', () => undefined);
  shell.unref();
  return () => {
    if (shell.pid !== undefined && !hasExited(shell)) process.kill(-shell.pid, 'SIGKILL');
  };
}

const size = (file: string) => read(file, 0).length;

function read(file: string, from: number): string {
  try {
    return readFileSync(file, 'utf8').slice(from);
  } catch {
    return '';
  }
}

const tail = (file: string, from: number) => {
  const lines = read(file, from).trimEnd().split('\n').slice(-15).join('\n');
  return `; the end of ${file}:\n${lines}`;
};

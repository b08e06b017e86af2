import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const LIMIT = 60_000;

export type RunOptions = {
  readonly input?: string;
  /** Milliseconds after which the command is killed and the call fails; 60 s unless told. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
};

/** Runs a command to its end and returns its standard output. Fails, with its standard error, unless it exits with 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const timeout = AbortSignal.timeout(options.timeout ?? LIMIT);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const child = spawn(command, args, { signal, killSignal: 'SIGKILL', env: options.env, cwd: options.cwd });
  const called = `${command} ${args.join(' ')}`;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      const why = timeout.aborted ? `not ended within ${(options.timeout ?? LIMIT) / 1000} s` : cause.message;
      reject(new Error(`${called}: ${why}`, { cause }));
    });
    child.once('close', resolve);
  });
  // A command may end before it has read its input; its exit code tells what that means.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${called}: exit code ${code}: ${stderr.trim()}`);
  return stdout;
}

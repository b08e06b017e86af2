/** One component of Berth in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { NODE_FLAGS } from '../deploy/node-flags.mjs';
import { startReaper } from './berth.ts';
import { entered } from './cluster/apart.ts';
import { readEnv } from './cluster/env.ts';
import { Hopeless, waitUntil } from './cluster/wait.ts';
import type { FaultProxy } from './faults/proxy/proxy.ts';

/** For its end, and for its start. */
const PATIENCE = 20_000;
const START_PATIENCE = 60_000;

export type PartOptions = {
  /** Such as `agent-source-1`. */
  readonly name: string;
  /** What it does, alike for those that elect one of them: `scheduler`, `agent-source`. */
  readonly role: string;
  /** Module of the command line. */
  readonly berth: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** By which it reaches the API servers, in their order among the arguments; none if left out. */
  readonly proxies?: readonly FaultProxy[];
  /** Network namespace to run in; ours if left out. */
  readonly netns?: string | undefined;
  /** Takes all that its processes print. */
  readonly logFile: string;
};

export class Part implements AsyncDisposable {
  readonly name: string;
  readonly role: string;
  readonly proxies: readonly FaultProxy[];
  readonly #berth: string;
  readonly #args: readonly string[];
  readonly #logFile: string;
  readonly #netns: string | undefined;
  #startedAt = 0;
  #child: ChildProcess | undefined;

  constructor({ name, role, berth, args, proxies = [], logFile, netns }: PartOptions) {
    this.#berth = berth;
    this.name = name;
    this.role = role;
    this.proxies = proxies;
    this.#args = args;
    this.#logFile = logFile;
    this.#netns = netns;
  }

  /** Starts a process if there is none. */
  start(): void {
    if (this.#child !== undefined) return;
    const log = openSync(this.#logFile, 'a', 0o600);
    try {
      const { processEnv } = readEnv();
      this.#startedAt = this.#said().length;
      const command = [process.execPath, ...NODE_FLAGS, this.#berth, ...this.#args];
      const [program = '', ...args] = entered(this.#netns, command);
      const child = spawn(program, args, {
        stdio: ['ignore', log, log],
        env: processEnv,
      });
      // Whether or not anybody waits for it: the next start must not find a dead one.
      const callOffReaper = child.pid === undefined ? () => undefined : startReaper(child.pid, processEnv);
      child.once('exit', () => {
        callOffReaper();
        if (this.#child === child) this.#child = undefined;
      });
      this.#child = child;
    } finally {
      closeSync(log);
    }
  }

  /** Resolves when the process that was started last says so; rejects, with what it said, when it has ended. */
  async ready(): Promise<void> {
    const says = async () => {
      const said = this.#said().slice(this.#startedAt);
      if (this.#child === undefined) throw new Hopeless(`${this.name} has ended: ${said.slice(-2000)}`);
      return /^ready$/m.test(said);
    };
    await waitUntil(says, { what: `${this.name} is ready`, timeout: START_PATIENCE, interval: 100 });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** SIGKILL; resolves when it is dead. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, as a supervisor would stop it. Rejects if it does not end by itself. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** SIGSTOP: it does nothing more, but its connections stay. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.#end('SIGTERM').catch(() => this.#end('SIGKILL'));
  }

  #said(): string {
    return readFileSync(this.#logFile, { encoding: 'utf8', flag: 'a+' });
  }

  async #end(by: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE) });
    child.kill(by);
    await exited;
  }
}

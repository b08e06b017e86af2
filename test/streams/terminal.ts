/** A command in a terminal of its own, as a user has it: its size may change while the command runs. */
import { spawn } from 'node:child_process';
import { readEnv } from '../cluster/env.ts';
import { run } from '../cluster/run.ts';
import { eventually } from '../journeys/steps.ts';

export interface Size {
  rows: number;
  columns: number;
}

export interface Terminal extends AsyncDisposable {
  /** All that it showed so far. */
  shown: () => string;
  type: (keys: string) => void;
  resize: (size: Size) => Promise<void>;
  /** Exit code of the command. */
  ended: Promise<number | null>;
}

const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Resolves when the terminal is there; ends the command when disposed of. */
export async function inTerminal(command: readonly string[], size: Size, env: object = {}): Promise<Terminal> {
  const begin = `tty; stty rows ${size.rows} cols ${size.columns}; exec ${command.map(quoted).join(' ')}`;
  const child = spawn('script', ['-qec', begin, '/dev/null'], { env: { ...readEnv().processEnv, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const tty = await eventually('the terminal', async () => /^\/dev\/\S+/.exec(said)?.[0]);
  return {
    shown: () => said,
    type: (keys) => child.stdin.write(keys),
    // As the window of a terminal does: the kernel tells the command by SIGWINCH.
    resize: async ({ rows, columns }) => {
      await run('stty', ['-F', tty, 'rows', `${rows}`, 'cols', `${columns}`]);
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** kubectl commands that go on while one looks at them. */
import { spawn } from 'node:child_process';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { readEnv } from '../cluster/env.ts';
import type { Site } from './fleet.ts';
import { eventually } from './steps.ts';

export interface Watched extends AsyncDisposable {
  /** What was waited for, in its groups. */
  found: RegExpExecArray;
}

/** Starts kubectl and waits until its output has what is wanted; ends it when disposed of. */
export async function watched({ kubeconfig }: Site, args: string[], wanted: RegExp): Promise<Watched> {
  const env = readEnv();
  const path = pathOf(await ensureBinaries(['kubectl'], { env, log: console.log }), 'kubectl');
  const child = spawn(path, ['--kubeconfig', kubeconfig, ...args], {
    env: env.processEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const found = await eventually(`kubectl ${args.join(' ')} says ${wanted}`, async () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
      return wanted.exec(said) ?? undefined;
    });
    return { found, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

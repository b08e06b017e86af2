/** `npm run demo`: ten steps on one cluster, then on two, on this machine. */
import { rmSync } from 'node:fs';
import { type HarnessEnv, readEnv } from '../../test/cluster/env.ts';
import { onInterrupt } from './interrupts.ts';
import { demoFolder, endKept } from './kept.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { play } from './play.ts';
import { resultOf } from './report.ts';
import { createView, painterFor } from './view.ts';

const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;
const now = () => performance.now();
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code. */
async function main(args: string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}\n`);
    return EXIT.usage;
  }
  if (options.help) process.stdout.write(`${USAGE}\n`);
  else if (options.down) await down(readEnv());
  else return show(options, readEnv());
  return 0;
}

async function down(env: HarnessEnv): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say((await endKept(env, say)) ? 'all is down' : 'nothing was kept');
}

async function show({ nodes, keep, json }: Options, env: HarnessEnv): Promise<number> {
  const output = json ? process.stderr : process.stdout;
  const view = createView(output, painterFor(output));
  const stopped = new AbortController();
  const first = () => {
    view.say('\nstopping; once more leaves the rest of it to the background');
    stopped.abort(new Error('interrupted'));
  };
  // What is left then is ended behind us: the clusters and Berth have each a process that waits for our end.
  const again = () => {
    if (keep) view.say('npm run demo -- --down ends what is left');
    else rmSync(demoFolder(env, keep), { recursive: true, force: true });
    view.close();
    process.exit(EXIT.interrupted);
  };
  const uninstall = onInterrupt(process, { first, again, now });
  try {
    const outcomes = await play({ nodes, keep, env, view, signal: stopped.signal, now });
    if (json) process.stdout.write(`${JSON.stringify(resultOf(outcomes))}\n`);
    return 0;
  } catch (error) {
    if (stopped.signal.aborted) return EXIT.interrupted;
    view.say(`The demo failed: ${messageOf(error)}`, 'bad');
    return EXIT.failed;
  } finally {
    view.close();
    uninstall();
  }
}

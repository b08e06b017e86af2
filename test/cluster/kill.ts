/** A server of a cluster that dies, and is started again as its supervisor would. */
import { readFile } from 'node:fs/promises';
import { isAlive } from './process-id.ts';
import { startProcess } from './processes.ts';
import { readState } from './state.ts';
import { waitUntil } from './wait.ts';

/** Kills a server of the cluster in that folder, by its name in the state; resolves with what starts it again when it is dead. */
export async function killServer(stateDir: string, name: string): Promise<() => Promise<void>> {
  const { processes = [], netns } = readState(stateDir) ?? {};
  const server = processes.filter(isAlive).find((each) => each.name === name);
  if (server === undefined) throw new Error(`no ${name} runs in ${stateDir}`);
  const words = async (file: string) =>
    (await readFile(`/proc/${server.pid}/${file}`, 'utf8')).split('\0').slice(0, -1);
  const [command = '', ...args] = await words('cmdline');
  const env = Object.fromEntries((await words('environ')).map((line) => split(line)));
  process.kill(server.pid, 'SIGKILL');
  await waitUntil(() => !isAlive(server), { what: `${name} is dead`, timeout: 10_000, interval: 20 });
  return async () => {
    await startProcess({ name, command, args, stateDir, env, netns });
  };
}

function split(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

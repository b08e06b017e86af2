/** Two `berth webhook` behind a balancer, one after the other ended and started anew under admissions. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../deploy/node-flags.mjs';
import { readEnv } from '../cluster/env.ts';
import { freePorts } from '../cluster/ports.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { admissions, CLUSTER, type Ground, untilServed } from './cluster.ts';
import type { Check } from './report.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const SECONDS = 40;

/** Starts a process and resolves when it is ready. */
async function start(ground: Ground, balancer: Balancer, port: number): Promise<ChildProcess> {
  const args = ['webhook', '--cluster', CLUSTER, '--kubeconfig', ground.kubeconfig];
  const addresses = ['--advertise', `127.0.0.1:${balancer.port}`, '--listen', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args, ...addresses, '--drain', '2'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: readEnv().processEnv,
  });
  const said = once(child.stdout, 'data').then(([text]) => String(text));
  const ended = once(child, 'exit').then(([code]) => `exit code ${code}`);
  const first = await Promise.race([said, ended]);
  if (first !== 'ready\n') throw new Error(`berth webhook: ${first}`);
  return child;
}

async function end(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

export async function measureRestarts(ground: Ground): Promise<Check[]> {
  await using balancer = await startBalancer();
  balancer.backends.push(...(await freePorts(2, Math.random)));
  const children = await Promise.all(balancer.backends.map((port) => start(ground, balancer, port)));
  try {
    await untilServed(ground);
    let over = false;
    let restarts = 0;
    let unclean = 0;
    const restart = async (): Promise<void> => {
      while (!over) {
        const turn = restarts++ % children.length;
        const [child, port] = [children[turn], balancer.backends[turn]];
        if (child === undefined || port === undefined) throw new Error('no such process');
        if ((await end(child)) !== 0) unclean++;
        children[turn] = await start(ground, balancer, port);
      }
    };
    const load = admissions(ground, SECONDS).finally(() => {
      over = true;
    });
    const [failed] = await Promise.all([load, restart()]);
    for (const line of failed.slice(0, 10)) console.error(line);
    return [
      {
        what: `two processes, ${restarts} times one of them restarted under load: failed admissions`,
        value: failed.length,
        limit: 0,
      },
      { what: 'the same: ends by SIGTERM that were not clean', value: unclean, limit: 0 },
    ];
  } finally {
    for (const child of children) child.kill();
  }
}

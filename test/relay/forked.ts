/** A relay in a process of its own, with the flags of `berth relay`, and agents that dial it. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { RELAY } from '../../api/index.ts';
import { RELAY_FLAGS } from '../../deploy/relay/small.ts';
import { createOpener } from '../../kube/index.ts';

export interface ForkedRelay extends Disposable {
  /** `https://host:port` */
  server: string;
  /** Bytes that the process holds now. */
  rss: () => Promise<number>;
  /** The connection that the agent of this cluster is given under this path; rejects if it is refused. */
  upgraded: (cluster: string, path: string) => Promise<Duplex>;
}

/** Its hub knows the agents of clusters a and b, and lets a delegate to b. Disposing it (`using`) ends it. */
export async function forkRelay(): Promise<ForkedRelay> {
  const child = fork(join(import.meta.dirname, 'main.ts'), { execArgv: RELAY_FLAGS });
  const answer = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the relay ended with ${code}`));
      child.once('exit', ended).once('message', (message) => {
        child.off('exit', ended);
        resolve(message as T);
      });
    });
  const { server = '', ca = '' } = await answer<Record<string, string>>();
  const upgraded = async (cluster: string, path: string): Promise<Duplex> => {
    const headers = async () => ({ authorization: `Bearer t-${cluster}` });
    const open = createOpener({ server, tls: { ca }, headers });
    const asked = { connection: 'Upgrade', upgrade: RELAY.protocol };
    const opened = await open({ method: 'GET', path, headers: asked, signal: new AbortController().signal });
    if (opened.kind !== 'upgraded') throw new Error(`the relay answered ${opened.status}`);
    return opened.socket;
  };
  const rss = async () => {
    const answered = answer<{ rss: number }>();
    child.send('rss');
    return (await answered).rss;
  };
  return { server, rss, upgraded, [Symbol.dispose]: () => child.disconnect() };
}

/** A stream from cluster a to cluster b, by the link that b's agent has. */
export async function streamOver({ upgraded }: ForkedRelay, link: Duplex): Promise<{ near: Duplex; far: Duplex }> {
  const { promise: heard, resolve, reject } = Promise.withResolvers<string>();
  const lost = () => reject(new Error('no link'));
  link.once('data', (line: Buffer) => resolve(String(line))).once('close', lost);
  const dialled = upgraded('a', `${RELAY.dial}b`);
  const announced = Promise.race([heard, dialled.then(() => heard)]);
  const { stream } = JSON.parse(await announced.finally(() => link.off('close', lost))) as { stream: string };
  const far = await upgraded('b', RELAY.fetch + stream);
  return { near: await dialled, far };
}

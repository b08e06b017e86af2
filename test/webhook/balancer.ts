/** What a Service does: TCP to those backends that say they are ready. */
import { once } from 'node:events';
import { get } from 'node:https';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface Balancer extends AsyncDisposable {
  port: number;
  /** Ports of those that may be asked, in turn. */
  backends: number[];
}

const PROBE_MS = 100;

const isReady = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/readyz',
      agent: false,
      rejectUnauthorized: false,
      timeout: 1000,
    };
    const asked = get(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false)).on('timeout', () => asked.destroy());
  });

export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const backends: number[] = [];
  let ready: number[] = [];
  let turn = 0;
  const probe = setInterval(async () => {
    const answers = await Promise.all(backends.map(isReady));
    ready = backends.filter((_, index) => answers[index]);
  }, PROBE_MS);
  const forward = (client: Socket): void => {
    const port = ready[turn++ % ready.length];
    if (port === undefined) {
      client.destroy();
      return;
    }
    const backend = createConnection({ host: '127.0.0.1', port });
    sockets.add(backend.on('error', () => client.destroy()).on('close', () => client.destroy()));
    client.on('close', () => backend.destroy());
    client.pipe(backend).pipe(client);
  };
  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    forward(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    backends,
    [Symbol.asyncDispose]: async () => {
      clearInterval(probe);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below what kernels give to outgoing connections, so that none of those takes a port before its server does. */
const LOWEST = 20_000;
const RANGE = 12_000;

/** Ports of loopback that nobody listens on now; all are held until the last is found, so they differ. */
export async function freePorts(count: number, random: () => number): Promise<number[]> {
  const held: Server[] = [];
  try {
    for (let tries = 0; held.length < count; tries++) {
      if (tries > 100 * count) throw new Error('no free ports');
      const server = await listen(LOWEST + Math.floor(random() * RANGE));
      if (server !== undefined) held.push(server);
    }
    return held.map(portOf);
  } finally {
    await Promise.all(held.map(close));
  }
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

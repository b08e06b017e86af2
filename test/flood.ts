/** Connections that say nothing, or not enough, to a port that serves by TLS. */
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';

/** No more at once than the system keeps for a server that has yet to accept them. */
const AT_ONCE = 250;

/** The first bytes of a TLS handshake that never goes on. */
const HALF_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

export interface Port {
  host: string;
  port: number;
}

export interface Flood {
  /** How many are still open. */
  there: () => number;
  end: () => void;
}

/** Resolves when so many were begun, and says how long, in milliseconds, each round took of what was done meanwhile. */
export async function floodWhile(
  at: Port,
  connections: number,
  round: () => Promise<void>,
): Promise<Flood & { waits: number[] }> {
  let over = false;
  const flooding = flood(at, connections).finally(() => {
    over = true;
  });
  const waits: number[] = [];
  while (!over) {
    const since = performance.now();
    await round();
    waits.push(Math.round(performance.now() - since));
  }
  return { ...(await flooding), waits };
}

async function flood(at: Port, connections: number): Promise<Flood> {
  const sockets: Socket[] = [];
  for (let nth = 0; nth < connections; nth += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => begin(at, nth + i));
    sockets.push(...some);
    const begun = some.map((socket) => new Promise((go) => socket.once('connect', go).once('close', go)));
    for (const socket of some) socket.on('error', () => undefined).resume();
    await Promise.all(begun);
  }
  return {
    there: () => sockets.filter(({ destroyed }) => !destroyed).length,
    end: () => sockets.forEach((socket) => void socket.destroy()),
  };
}

/** Silent, in the middle of TLS, or behind TLS with half a request. One in ten takes TLS to its end. */
function begin({ host, port }: Port, nth: number): Socket {
  if (nth % 10 === 0) {
    const socket = secure({ host, port, rejectUnauthorized: false });
    return socket.once('secureConnect', () => nth % 20 === 0 && socket.write('GET / HTTP/1.1\r\nhost: r'));
  }
  const socket = connect({ host, port });
  return nth % 2 === 0 ? socket : socket.once('connect', () => socket.write(HALF_HELLO));
}

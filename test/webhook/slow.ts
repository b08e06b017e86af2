/** Clients that hold connections and send next to nothing; cut off, they come again. */
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import type { Target } from './client.ts';

export interface SlowClients extends Disposable {
  /** Connections that are up, and how often the server has ended one. */
  readonly open: number;
  readonly cutOff: number;
}

type Kind = 'no TLS' | 'silent' | 'slow headers' | 'slow body';

const HEADERS = 'POST /mutate/a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
const BYTE_MS = 1000;
const APART_MS = 50;

/** What a client sends at once, and then a byte a second. */
const SENDS: Record<Kind, { first: string; slowly: string }> = {
  'no TLS': { first: '', slowly: '' },
  silent: { first: '', slowly: '' },
  'slow headers': { first: '', slowly: HEADERS },
  'slow body': { first: `${HEADERS}Content-Length: 1000\r\n\r\n`, slowly: ' '.repeat(1000) },
};

/** Keeps up so many clients of each kind until it is disposed. */
export function startSlowClients(target: Target, counts: Record<Kind, number>): SlowClients {
  const sockets = new Set<ReturnType<typeof connect>>();
  let cutOff = 0;
  let ended = false;
  const launch = (kind: Kind): void => {
    const { port, ca } = target;
    const to = { host: '127.0.0.1', port };
    const socket = (kind === 'no TLS' ? createConnection(to) : connect({ ...to, ca })) as ReturnType<typeof connect>;
    sockets.add(socket);
    const { first, slowly } = SENDS[kind];
    let sent = 0;
    socket.write(first);
    const timer = setInterval(() => {
      const byte = slowly[sent++];
      if (byte !== undefined && socket.writable) socket.write(byte);
    }, BYTE_MS);
    // Reset or ended: `close` follows.
    socket.on('error', () => undefined);
    socket.resume().on('close', () => {
      clearInterval(timer);
      sockets.delete(socket);
      if (ended) return;
      cutOff++;
      launch(kind);
    });
  };
  const kinds = (Object.entries(counts) as [Kind, number][]).flatMap(([kind, count]) => Array<Kind>(count).fill(kind));
  // One after the other, as strangers come.
  const starter = setInterval(() => {
    const kind = kinds.shift();
    if (kind === undefined) clearInterval(starter);
    else launch(kind);
  }, APART_MS);
  return {
    get open() {
      return sockets.size;
    },
    get cutOff() {
      return cutOff;
    },
    [Symbol.dispose]: () => {
      ended = true;
      clearInterval(starter);
      for (const socket of sockets) socket.destroy();
    },
  };
}

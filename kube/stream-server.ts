/** A server whose answers are streams: each request is answered in its own time, and may take its connection over. */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Asking, refuse } from './answers.ts';

export interface StreamServerOptions {
  /** Plain or with TLS, not listening. */
  server: Server;
  /** Answers a request, an upgrade or a plain one; resolves when that has ended. */
  take: (asking: Asking) => Promise<void>;
  /** What to tell who asked, if `take` rejects before there was an answer. */
  onError: (error: unknown, asking: Asking) => { status: number; message: string };
}

export interface StreamServer {
  /** Resolves with the port; rejects if the address is not to be had. */
  listen(host: string, port: number): Promise<number>;
  /** Ends all connections, also those that were taken over. */
  close(): Promise<void>;
}

export function serveStreams({ server, take, onError }: StreamServerOptions): StreamServer {
  // Those that changed their protocol are no connections of the server's any more.
  const upgraded = new Set<Duplex>();
  const answer = (asking: Asking) => {
    take(asking).catch((error: unknown) => {
      if (asking.socket.destroyed) return;
      const { status, message } = onError(error, asking);
      refuse(asking, status, message);
    });
  };
  server.on('request', (request, response) => answer({ request, response, socket: request.socket }));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
    if (first.length > 0) socket.unshift(first);
    upgraded.add(socket);
    socket.on('error', () => undefined).once('close', () => upgraded.delete(socket));
    answer({ request, socket });
  });
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen({ host, port }, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

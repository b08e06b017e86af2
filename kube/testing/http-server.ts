/** An HTTP server in this process whose answers a test writes itself. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../credentials.ts';

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Handler = (request: Received, response: ServerResponse) => void;

export interface TestServer extends AsyncDisposable {
  credentials: Credentials;
  requests: Received[];
  /** TCP connections made so far. */
  connections: number;
}

export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://test');
      const { method = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      const received = { method, path: url.pathname, query: url.searchParams, headers, body };
      requests.push(received);
      handler(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: TestServer = {
    credentials: {
      server: `http://127.0.0.1:${port}`,
      tls: {},
      headers: async () => ({ authorization: 'Bearer test' }),
    },
    requests,
    connections: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', () => started.connections++);
  return started;
}

/** Answers with JSON. */
export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers as an API server explains a failure. */
export function refuse(response: ServerResponse, code: number, reason: string, message = reason, headers = {}) {
  answer(response, code, { kind: 'Status', status: 'Failure', code, reason, message }, headers);
}

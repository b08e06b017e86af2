/** The way from the proxy to the real API server. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

export interface UpstreamOptions {
  /** `https://host:port`, or `http://…` in tests. */
  readonly server: string;
  readonly ca?: string | Buffer | undefined;
}

export interface Outgoing {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Forwarded {
  readonly answer: IncomingMessage;
  /** Breaks the connection to the API server, unless all of the answer is here. */
  readonly abort: () => void;
}

export interface Upstream {
  /** Resolves when the head of the answer is there; rejects when the connection fails. */
  readonly forward: (request: Outgoing) => Promise<Forwarded>;
  readonly close: () => void;
}

/** Under a minute and a half, after which an API server closes idle connections, perhaps under a write. */
const IDLE = 30_000;

export function connectUpstream({ server, ca }: UpstreamOptions): Upstream {
  const { protocol, hostname, port } = new URL(server);
  const secure = protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true, timeout: IDLE, ca }) : new HttpAgent({ keepAlive: true });
  const open = secure ? requestHttps : requestHttp;
  return {
    forward: ({ method, url, rawHeaders, body }) =>
      new Promise((resolve, reject) => {
        const headers = passedOn(rawHeaders);
        if (body.length > 0) headers['content-length'] = [String(body.length)];
        const request: ClientRequest = open({ agent, hostname, port, method, path: url, headers });
        request.once('error', reject);
        request.once('response', (answer) => resolve({ answer, abort: () => answer.complete || request.destroy() }));
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** What is between two neighbours only, and the length, which is told anew. */
const HOP_BY_HOP = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect']);

/** Pure: headers as Node takes them, all values of a name together. */
export function passedOn(rawHeaders: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (HOP_BY_HOP.has(name)) continue;
    headers[name] ??= [];
    headers[name].push(rawHeaders[i + 1] ?? '');
  }
  return headers;
}

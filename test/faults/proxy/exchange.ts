/** One request and its answer, or what comes of them instead. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProxyRequest, type RequestFault, statusOf } from './faults.ts';
import { type Forwarded, passedOn, type Upstream } from './upstream.ts';

export class Exchange {
  readonly request: ProxyRequest;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: Buffer;
  /** Beneath TLS, where a reset is possible. */
  readonly #socket: Socket | undefined;

  private constructor(incoming: IncomingMessage, response: ServerResponse, socket: Socket | undefined, body: Buffer) {
    this.#incoming = incoming;
    this.#response = response;
    this.#socket = socket;
    this.#body = body;
    this.request = describe(incoming, body);
  }

  /** Resolves when the request is here as a whole. */
  static async read(incoming: IncomingMessage, response: ServerResponse, socket: Socket | undefined) {
    return new Exchange(incoming, response, socket, Buffer.concat(await incoming.toArray()));
  }

  get response(): ServerResponse {
    return this.#response;
  }

  readonly reset = (): void => {
    this.#socket?.resetAndDestroy();
  };

  /** Sends the request to the API server; resolves to the head of its answer, which the caller does not have yet. */
  async forward(upstream: Upstream): Promise<Forwarded> {
    const { method = '', url = '', rawHeaders } = this.#incoming;
    const forwarded = await upstream.forward({ method, url, rawHeaders, body: this.#body });
    // Who forwards it by and by decides what becomes of an answer that breaks off.
    forwarded.answer.on('error', () => undefined);
    this.request.status = forwarded.answer.statusCode ?? 0;
    return forwarded;
  }

  /** Gives the caller the head of the answer at once, and tells the API server when the caller has gone. */
  sendHead({ answer, abort }: Forwarded): void {
    this.#response.once('close', abort);
    this.#response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
    this.#response.flushHeaders();
  }

  /** `when`: the answer comes when this has resolved. */
  async passOn(upstream: Upstream, when?: Promise<void>): Promise<void> {
    const forwarded = await this.forward(upstream);
    await when;
    this.sendHead(forwarded);
    await pipeline(forwarded.answer, this.#response);
  }

  /** `released` ends a hold. Resolves to whether the request is still to be passed on. */
  async spoil(fault: RequestFault, released: Promise<void>, upstream: Upstream): Promise<boolean> {
    switch (fault.kind) {
      case 'hold':
        await released;
        return true;
      case 'delay':
        await delay(fault.ms);
        return true;
      case 'drop-before':
        this.reset();
        return false;
      case 'drop-after': {
        const { answer } = await this.forward(upstream);
        await answer.resume().toArray();
        this.reset();
        return false;
      }
      case 'hold-after':
        await this.passOn(upstream, released);
        return false;
      case 'answer':
        this.#answer(fault);
        return false;
    }
  }

  #answer(fault: RequestFault & { kind: 'answer' }): void {
    this.request.status = fault.code;
    const headers = { 'content-type': 'application/json' };
    const asked = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
    this.#response.writeHead(fault.code, { ...headers, ...asked }).end(JSON.stringify(statusOf(fault)));
  }
}

function describe({ method = '', url = '', headers }: IncomingMessage, body: Buffer): ProxyRequest {
  const { pathname, searchParams } = new URL(url, 'http://proxy');
  return {
    method,
    path: pathname,
    query: searchParams,
    userAgent: headers['user-agent'] ?? '',
    headers,
    body: body.toString(),
    isWatch: ['1', 'true'].includes(searchParams.get('watch') ?? ''),
    at: performance.now(),
  };
}

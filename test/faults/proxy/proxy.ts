/** An API server as tests need it: a real one behind a proxy that delays, drops, answers or cuts what rules match. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthority, issue } from '../../../certs/issue.ts';
import { Exchange } from './exchange.ts';
import { isWatchFault, type ProxyRequest, type Rule, type RuleHandle } from './faults.ts';
import { OpenWatch } from './open-watch.ts';
import { ActiveRule } from './rules.ts';
import { connectUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';

export interface FaultProxy extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly server: string;
  /** What its certificate is to be checked against, PEM. */
  readonly ca: string;
  /** All requests so far, in the order in which they came. */
  readonly requests: readonly ProxyRequest[];
  /** TLS connections made so far. */
  readonly connections: number;
  /** Requests of watches that are open. */
  readonly watches: readonly ProxyRequest[];
  /** From now on; of several rules that match a request, the first that was made strikes. */
  rule(rule: Rule): RuleHandle;
  /** Ends all rules and lets go what they hold. */
  clear(): void;
}

/** Longer than any client keeps a connection. */
const KEEP_ALIVE = 10 * 60_000;

/** Starts a proxy on a port of its own of the loopback. Callers' identities are passed on, so they must be tokens. */
export async function startProxy(upstream: UpstreamOptions): Promise<FaultProxy> {
  const times = { days: 1, now: Date.now };
  const authority = await createAuthority({ commonName: 'fault-proxy', ...times });
  const address = { commonName: 'fault-proxy', ipAddresses: ['127.0.0.1'] };
  const { cert, key } = await issue(authority, { ...address, usage: 'server', ...times });
  const server = createServer({ cert, key, keepAliveTimeout: KEEP_ALIVE });
  const proxy = new RunningProxy(server, connectUpstream(upstream), authority.cert);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return proxy;
}

class RunningProxy implements FaultProxy {
  readonly ca: string;
  readonly requests: ProxyRequest[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #upstream: Upstream;
  readonly #rules = new Set<ActiveRule>();
  readonly #watches = new Map<ProxyRequest, OpenWatch>();
  /** TCP connections by the port of the other end. */
  readonly #sockets = new Map<number, Socket>();

  constructor(server: Server, upstream: Upstream, ca: string) {
    this.ca = ca;
    this.#server = server;
    this.#upstream = upstream;
    server.on('connection', (socket: Socket) => this.#note(socket));
    server.on('secureConnection', () => this.connections++);
    server.on('request', (incoming, response) => {
      // What fails is one of the two connections, and the other has to fail with it.
      this.#handle(incoming, response).catch(() => this.#socketOf(incoming)?.resetAndDestroy());
    });
  }

  get server(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get watches(): readonly ProxyRequest[] {
    return [...this.#watches.keys()];
  }

  rule(rule: Rule): RuleHandle {
    const active = new ActiveRule(rule);
    this.#rules.add(active);
    for (const [request, watch] of this.#watches) strike(active, request, watch);
    return active;
  }

  clear(): void {
    for (const rule of this.#rules) rule.release();
    this.#rules.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#upstream.close();
    await closed;
  }

  #note(socket: Socket): void {
    const { remotePort = 0 } = socket;
    this.#sockets.set(remotePort, socket);
    socket.once('close', () => this.#sockets.delete(remotePort));
  }

  #socketOf = ({ socket }: IncomingMessage) => this.#sockets.get(socket.remotePort ?? 0);

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = await Exchange.read(incoming, response, this.#socketOf(incoming));
    const { request } = exchange;
    this.requests.push(request);
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (isWatchFault(fault) || !rule.strikes(request)) continue;
      if (!(await exchange.spoil(fault, rule.released, this.#upstream))) return;
      break;
    }
    if (request.isWatch) await this.#openWatch(exchange);
    else await exchange.passOn(this.#upstream);
  }

  async #openWatch(exchange: Exchange): Promise<void> {
    const { request, response, reset } = exchange;
    const forwarded = await exchange.forward(this.#upstream);
    exchange.sendHead(forwarded);
    const watch = new OpenWatch(forwarded, response, reset);
    if (forwarded.answer.statusCode !== 200) return;
    this.#watches.set(request, watch);
    response.once('close', () => this.#watches.delete(request));
    for (const rule of this.#rules) strike(rule, request, watch);
  }
}

function strike(rule: ActiveRule, request: ProxyRequest, watch: OpenWatch): void {
  const { fault } = rule;
  if (isWatchFault(fault) && rule.strikes(request)) watch.strike(fault, rule.released);
}

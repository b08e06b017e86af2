/** The words of the fault proxy. */
import type { IncomingHttpHeaders } from 'node:http';

/** What becomes of a request in place of an answer. Watch faults strike watches only, also those that are open already. */
export type Fault = RequestFault | WatchFault;

export type RequestFault =
  /** Passed on when the rule is released, even if its caller has gone by then: a write that takes effect late. */
  | { readonly kind: 'hold' }
  /** The connection is reset, nothing took effect. */
  | { readonly kind: 'drop-before' }
  /** It takes effect, but its answer is thrown away and the connection reset. */
  | { readonly kind: 'drop-after' }
  /** It takes effect, but its answer comes when the rule is released. */
  | { readonly kind: 'hold-after' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answered with a `Status`, not passed on. */
  | {
      readonly kind: 'answer';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      /** Seconds, as the header `Retry-After`. */
      readonly retryAfter?: number;
    };

export type WatchFault =
  /** Stays open but tells nothing until the rule is released; what happened meanwhile comes then. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'cut'; readonly how: 'reset' | 'end' }
  /** A line that is not JSON. */
  | { readonly kind: 'garbage' }
  | { readonly kind: 'error-event'; readonly code: number; readonly reason?: string };

/** A request as it came to the proxy. */
export interface ProxyRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly isWatch: boolean;
  /** When it came, by performance.now(). */
  readonly at: number;
  /** Status of its answer; undefined until there is one, and for what got none. */
  status?: number;
  /** What struck it last. */
  fault?: Fault['kind'];
}

export interface Rule {
  readonly match: (request: ProxyRequest) => boolean;
  /** How many requests it strikes; without: all. */
  readonly times?: number;
  readonly fault: Fault;
  /** Called before the fault takes effect. */
  readonly onStrike?: (request: ProxyRequest) => void;
}

export interface RuleHandle {
  /** Requests that it struck so far. */
  readonly count: number;
  /** The next request that it strikes or struck, each told once. Rejects after `timeoutMs`, 10 s if left out. */
  seen(timeoutMs?: number): Promise<ProxyRequest>;
  /** Lets go what is held or stalled, and strikes no more. */
  release(): void;
  /** Strikes no more; what is held stays so. */
  remove(): void;
}

export const isWatchFault = (fault: Fault): fault is WatchFault =>
  fault.kind === 'stall' || fault.kind === 'cut' || fault.kind === 'garbage' || fault.kind === 'error-event';

/** Pure: the `Status` with which an API server explains a failure. */
export const statusOf = (o: { code: number; reason?: string; message?: string; retryAfter?: number }) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code: o.code,
  reason: o.reason ?? REASONS[o.code] ?? '',
  message: o.message ?? `the fault proxy says ${o.code}`,
  ...(o.retryAfter !== undefined && { details: { retryAfterSeconds: o.retryAfter } }),
});

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

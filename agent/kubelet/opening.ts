/** Opens on a delegate what was asked of its proxy, and passes it on to who asked. */
import { describe } from '../../api/index.ts';
import { ApiError, type Asking, ConnectionError, explanation, passOn, refuse } from '../../kube/index.ts';
import type { OpenDelegate } from '../streams/dial.ts';
import type { KubeletRequest } from './request.ts';

export interface Wanted {
  /** UID of the proxy. */
  uid: string;
  /** The cluster of its delegate; undefined where the node is none of ours. */
  target: string | undefined;
  wanted: KubeletRequest;
}

export interface Opening {
  /** Without it nothing can be opened. */
  openDelegate?: OpenDelegate;
  signal: AbortSignal;
}

export interface Handling {
  /** What to do if there is nothing to pass on. */
  refused: (status: number, message: string) => Promise<void> | void;
  /** How long it may take to open, in milliseconds; as long as it likes if left out. */
  withinMs?: number;
  /** Hands on what an upgrade is refused with, as it is, instead. */
  asItIs?: boolean;
}

export const ELSEWHERE = describe({ reason: 'NotThroughProxy', message: 'the pod runs in another cluster' });

/** Resolves when the stream has ended, or `refused` has. */
export async function toDelegate(
  { openDelegate, signal }: Opening,
  asking: Asking,
  { uid, target, wanted }: Wanted,
  { refused, withinMs, asItIs = false }: Handling,
): Promise<void> {
  if (openDelegate === undefined || target === undefined) return refused(501, ELSEWHERE);
  const reader = new AbortController();
  const leave = () => reader.abort();
  asking.socket.once('close', leave);
  signal.addEventListener('abort', leave, { once: true });
  const late = withinMs === undefined ? undefined : setTimeout(leave, withinMs);
  try {
    const { action, parameters } = wanted;
    const opened = await openDelegate(target, { uid, action, parameters }, asking, reader.signal);
    clearTimeout(late);
    const isHandedOn = asItIs && asking.response === undefined;
    if (opened.kind === 'upgraded' || opened.status < 400 || isHandedOn) return await passOn(opened, asking);
    await refused(opened.status, await explanation(opened.body));
  } catch (error) {
    if (signal.aborted) return;
    if (reader.signal.aborted) return await refused(504, `cluster ${target} did not answer in time`);
    if (!(error instanceof ApiError || error instanceof ConnectionError)) throw error;
    await refused(error instanceof ApiError ? error.status : 502, `cluster ${target}: ${error.message}`);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', leave);
  }
}

/**
 * A refusal that its user is to read. Of plain requests API servers hand on only some codes with their text (k8s.io/apimachinery,
 * pkg/api/errors/errors.go, `NewGenericServerResponse`; k8s.io/apiserver, pkg/registry/generic/rest/response_checker.go).
 */
export function tell(asking: Asking, code: number, message: string): void {
  const legible = code === 503 || code === 504 ? 502 : code < 500 && code !== 403 ? 400 : code;
  say(asking, asking.response === undefined ? code : legible, message);
}

/**
 * As kubelets do: in plain text, which API servers put into a `Status` of their own. What asked for an upgrade they pass
 * on as it is, so that it has to be one.
 */
export function say(asking: Asking, code: number, message: string): void {
  if (asking.socket.destroyed) return;
  if (asking.response === undefined) refuse(asking, code, message);
  else asking.response.writeHead(code, { 'content-type': 'text/plain' }).end(message);
}

/** Connections to the relay, as this member. */

import type { Duplex } from 'node:stream';
import { RELAY } from '../../api/index.ts';
import { type ApiClient, ApiError, explanation, type Open, type OpenRequest } from '../../kube/index.ts';
import { findRelay, type Relay } from './ask.ts';

/** Opens connections at a server, showing it a token of this member's agent that the hub has made for that audience. */
export type OpenAt = (server: Relay, audience: string) => Open;

/** A connection under this path; rejects with an ApiError that says why there is none, or with a ConnectionError. */
export type Connect = (path: string, signal: AbortSignal) => Promise<Duplex>;

/** How long the relay is taken to be where it was. */
const KNOWN_MS = 10_000;
/** Longer than the relay waits for the other side. */
const ANSWER_MS = 20_000;

export interface RelayOptions {
  hub: ApiClient;
  openAt: OpenAt;
  now: () => number;
}

/** After a failure the hub is asked again at once: a relay that begins anew has another certificate. */
export function connectToRelay({ hub, openAt, now }: RelayOptions): Connect {
  let known: { open: Open; until: number } | undefined;
  const opener = async (signal: AbortSignal) => {
    if (known !== undefined && now() < known.until) return known.open;
    const relay = await findRelay(hub, signal);
    if (relay === undefined) throw new ApiError(503, { message: 'no relay of streams runs beside the hub' });
    known = { open: openAt(relay, RELAY.audience), until: now() + KNOWN_MS };
    return known.open;
  };
  return async (path, signal) => {
    const wasKnown = known !== undefined;
    const open = await opener(signal);
    const asked = { path, signal, answerMs: ANSWER_MS };
    return dialAt(open, asked).catch(async (error: unknown) => {
      // A relay that says no is there.
      if (error instanceof ApiError) throw error;
      known = undefined;
      if (!wasKnown || signal.aborted) throw error;
      return dialAt(await opener(signal), asked);
    });
  };
}

/** A connection in the protocol of relays; rejects with an ApiError that says why it is refused, or with a ConnectionError. */
export async function dialAt(open: Open, asked: Pick<OpenRequest, 'path' | 'signal' | 'answerMs'>): Promise<Duplex> {
  const headers = { connection: 'Upgrade', upgrade: RELAY.protocol };
  const opened = await open({ ...asked, method: 'GET', headers });
  if (opened.kind === 'upgraded') return opened.socket;
  throw new ApiError(opened.status, { message: await explanation(opened.body) }, { request: `GET ${asked.path}` });
}

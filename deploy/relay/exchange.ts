/** The meeting of two agents who both dial out: one asks for a stream, the other hears of it over its link and fetches it. */
import type { Duplex } from 'node:stream';
import type { Announcement } from '../../api/index.ts';
import { ApiError, Places } from '../../kube/index.ts';

export interface ExchangeOptions {
  /** A name for a stream that nobody can guess. */
  newId: () => string;
  /** How long the target may take to fetch a stream; 10 s if left out. */
  fetchMs?: number;
  /** Streams that a member may have as a source, and as a target; 256 if left out. */
  maxStreams?: number;
}

interface Waiting {
  target: string;
  resolve: (connection: Duplex) => void;
}

const ALIVE_MS = 15_000;
const SILENT_MS = 3 * ALIVE_MS;
const LEAVE_MS = 5_000;
const FETCH_MS = 10_000;
const MAX_STREAMS = 256;

export class Exchange {
  readonly #links = new Map<string, Duplex>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #places: Places;
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#places = new Places(options.maxStreams ?? MAX_STREAMS);
  }

  /**
   * Takes over the target's link; true if it had one. The newest counts: an agent that was replaced goes on for a
   * moment, and agents make theirs anew. What was said on the older is still read there, for a moment.
   */
  link(target: string, link: Duplex): boolean {
    const older = this.#links.get(target);
    if (older !== undefined) leave(older);
    this.#links.set(target, link);
    const beat = setInterval(() => link.writable && link.write('\n'), ALIVE_MS);
    const silence = setTimeout(() => link.destroy(), SILENT_MS);
    link.on('data', () => silence.refresh());
    link.on('end', () => link.destroy());
    link.once('close', () => {
      clearInterval(beat);
      clearTimeout(silence);
      if (this.#links.get(target) === link) this.#links.delete(target);
    });
    return older !== undefined;
  }

  /**
   * The target's end of a new stream. Rejects with an ApiError (429 too many, 503 no link, 504 not fetched in time) or
   * with the signal's reason. Both members' count goes down when `close` is called.
   */
  async dial(source: string, target: string, signal: AbortSignal): Promise<{ connection: Duplex; close: () => void }> {
    const link = this.#links.get(target);
    if (link === undefined) throw refusal(503, `the agent of ${target} has no link to the relay`);
    const close = this.#places.take(`from ${source}`, `to ${target}`);
    try {
      return { connection: await this.#announce(link, source, target, signal), close };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** Gives the connection to who waits for it; false if nobody does, or if it was announced to another target. */
  fetch(target: string, id: string, connection: Duplex): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.target !== target) return false;
    waiting.resolve(connection);
    return true;
  }

  async #announce(link: Duplex, source: string, target: string, signal: AbortSignal): Promise<Duplex> {
    const { newId, fetchMs = FETCH_MS } = this.#options;
    const stream = newId();
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const late = () => reject(refusal(504, `the agent of ${target} did not answer within ${fetchMs / 1000} s`));
    const timer = setTimeout(late, fetchMs);
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    this.#waiting.set(stream, { target, resolve });
    const line: Announcement = { stream, source };
    link.write(`${JSON.stringify(line)}\n`);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      this.#waiting.delete(stream);
    }
  }
}

function leave(link: Duplex): void {
  link.end();
  const late = setTimeout(() => link.destroy(), LEAVE_MS);
  link.once('close', () => clearTimeout(late));
}

const refusal = (status: number, message: string) => new ApiError(status, { message });

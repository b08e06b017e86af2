/** Whether the hub still knows the agents that are connected: one that it knows no more loses what it has here. */
import type { Duplex } from 'node:stream';
import type { Log } from '../../kube/index.ts';
import type { Agent } from './identity.ts';

export interface StandingOptions {
  /** Whom the hub takes this header for; rejects if the hub cannot be asked. */
  identify: (authorization: string | undefined, signal: AbortSignal) => Promise<Agent | undefined>;
  /** How often `check` is called, in milliseconds. */
  checkMs: number;
  /** Milliseconds, of any clock. */
  now: () => number;
  log: Log;
}

interface Known {
  agent: Agent;
  /** The newest that it has shown; agents show another before one ends. */
  authorization: string | undefined;
  sockets: Set<Duplex>;
  /** Since when the hub says that it does not know the token. */
  refusedAt?: number;
}

/** Whom the hub does not know twice is gone: agents that could not renew a token while it was away do so in between. */
const GRACE = 0.8;
const REVIEW_MS = 10_000;

export class Standing {
  readonly #known = new Map<string, Known>();
  readonly #options: StandingOptions;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** Until it closes, this connection lasts only as long as the hub knows its agent, which has just shown this. */
  enter(agent: Agent, authorization: string | undefined, socket: Duplex): void {
    if (socket.destroyed) return;
    // By the account's UID, too: one that was made again under its name gives what the old one has no new life.
    const key = `${agent.member} ${agent.uid}`;
    const { sockets } = this.#known.get(key) ?? { sockets: new Set<Duplex>() };
    this.#known.set(key, { agent, authorization, sockets: sockets.add(socket) });
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#known.get(key)?.sockets === sockets) this.#known.delete(key);
    });
  }

  /** Asks of everybody. Rejects when the hub cannot be asked: whoever has not been asked of yet keeps all. */
  async check(signal: AbortSignal): Promise<void> {
    for (const [key, known] of [...this.#known]) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REVIEW_MS)]);
      const agent = await this.#options.identify(known.authorization, deadline);
      // It has shown another meanwhile, or has gone.
      if (this.#known.get(key) !== known) continue;
      if (agent?.member === known.agent.member && agent.uid === known.agent.uid) delete known.refusedAt;
      else this.#refuse(known);
    }
  }

  #refuse(known: Known): void {
    const { now, checkMs, log } = this.#options;
    known.refusedAt ??= now();
    if (now() - known.refusedAt < GRACE * checkMs) return;
    const { agent, sockets } = known;
    log.warn({ cluster: agent.member }, 'the hub no longer knows an agent: its link and its streams are ended');
    for (const socket of sockets) socket.destroy();
  }
}

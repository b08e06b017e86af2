/** Connections of which nobody knows yet whose they are. */
import type { Socket } from 'node:net';

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** One connection has the same ends with and without its TLS. */
const keyOf = ({ remoteAddress, remotePort }: Ends): string => `${remoteAddress} ${remotePort}`;

/**
 * Keeps so many at most: the oldest goes for a new one, since whoever is honest says within a moment who it is. So any
 * number of silent connections takes no place from agents.
 */
export class Strangers {
  readonly #waiting = new Map<string, Socket>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.size;
  }

  admit(socket: Socket): void {
    const key = keyOf(socket);
    this.#waiting.set(key, socket);
    socket.once('close', () => {
      if (this.#waiting.get(key) === socket) this.#waiting.delete(key);
    });
    if (this.#waiting.size <= this.#most) return;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    // At once, since it closes only later: of those that come in between each is to let another one go.
    this.#waiting.delete(oldest[0]);
    oldest[1].destroy();
  }

  /** It is an agent's. */
  know(socket: Ends): void {
    this.#waiting.delete(keyOf(socket));
  }
}

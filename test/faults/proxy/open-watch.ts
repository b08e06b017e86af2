/** A watch on its way through the proxy. */
import type { ServerResponse } from 'node:http';
import { statusOf, type WatchFault } from './faults.ts';
import type { Forwarded } from './upstream.ts';

const NEWLINE = 0x0a;

export class OpenWatch {
  readonly #forwarded: Forwarded;
  readonly #response: ServerResponse;
  readonly #reset: () => void;
  /** Lines to put in where one of the server's own has ended. */
  #insertions: string[] = [];
  #atLineEnd = true;

  constructor(forwarded: Forwarded, response: ServerResponse, reset: () => void) {
    this.#forwarded = forwarded;
    this.#response = response;
    this.#reset = reset;
    forwarded.answer.on('data', (chunk: Buffer) => {
      // What comes after a cut is for nobody.
      if (response.writableEnded) return;
      response.write(chunk);
      this.#atLineEnd = chunk.at(-1) === NEWLINE;
      this.#insert();
    });
    forwarded.answer.once('end', () => response.end());
    // Also what has ended well is closed, but its response has ended by then.
    forwarded.answer.once('close', () => response.writableEnded || reset());
  }

  /** `released` ends a stall. */
  strike(fault: WatchFault, released: Promise<void>): void {
    switch (fault.kind) {
      case 'stall':
        this.#forwarded.answer.pause();
        void released.then(() => this.#forwarded.answer.resume());
        return;
      case 'cut':
        if (fault.how === 'reset') this.#reset();
        else this.#response.end();
        return;
      case 'garbage':
        this.#say('<html>502 Bad Gateway</html>');
        return;
      case 'error-event':
        this.#say(JSON.stringify({ type: 'ERROR', object: statusOf(fault) }));
    }
  }

  #say(line: string): void {
    this.#insertions.push(`${line}\n`);
    this.#insert();
  }

  #insert(): void {
    if (!this.#atLineEnd || this.#response.writableEnded) return;
    for (const line of this.#insertions) this.#response.write(line);
    this.#insertions = [];
  }
}

/** The target's link to the relay: hears of streams that sources ask for, and fetches them. */
import type { Duplex } from 'node:stream';
import { type Announcement, RELAY } from '../../api/index.ts';
import { type Log, lines, sleep } from '../../kube/index.ts';
import type { Connect } from './relay.ts';
import type { Serve } from './serve.ts';

export interface LinkOptions {
  connect: Connect;
  serve: Serve;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Each side says so often that it is alive, and takes the other for gone that was silent three times as long. */
const ALIVE_MS = 15_000;
const SILENT_MS = 3 * ALIVE_MS;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** Keeps the link until the signal aborts; resolves then. */
export async function keepLink(options: LinkOptions): Promise<void> {
  const { signal, random, log } = options;
  let wait = FIRST_WAIT_MS;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const link = await options.connect(RELAY.link, signal);
      log.info({}, 'linked to the relay of streams');
      wait = FIRST_WAIT_MS;
      told = undefined;
      await follow(link, options);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== told)
        log.warn({ err: error }, 'no link to the relay: logs and exec of other clusters wait for it');
      told = message;
    }
    await sleep(wait * (0.5 + random()), signal).catch(() => undefined);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

/** Until the link ends or falls silent. */
async function follow(link: Duplex, options: LinkOptions): Promise<void> {
  const beat = setInterval(() => link.write('\n'), ALIVE_MS);
  const silence = setTimeout(() => link.destroy(), SILENT_MS);
  const heard = () => silence.refresh();
  try {
    for await (const line of lines(tapped(link, heard))) fetch(JSON.parse(line) as Announcement, options);
  } finally {
    clearInterval(beat);
    clearTimeout(silence);
    link.destroy();
  }
}

async function* tapped(chunks: AsyncIterable<Buffer>, heard: () => void): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    heard();
    yield chunk;
  }
}

/** On its own: one stream that cannot be fetched holds up no other. */
function fetch({ stream, source }: Announcement, { connect, serve, signal, log }: LinkOptions): void {
  connect(RELAY.fetch + stream, signal).then(
    (connection) => serve(connection, source),
    (error: unknown) => log.warn({ err: error, source }, 'a stream could not be fetched from the relay'),
  );
}

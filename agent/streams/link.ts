/** The target's link to the relay: hears of streams that sources ask for, and fetches them. */
import type { Duplex } from 'node:stream';
import { type Announcement, RELAY } from '../../api/index.ts';
import { type Log, lines, sleep } from '../../kube/index.ts';
import type { Connect } from './relay.ts';
import type { Serve } from './serve.ts';

export interface LinkOptions {
  connect: Connect;
  serve: Serve;
  /** How often to say that this side is alive, in milliseconds; 15 s if left out. */
  aliveMs?: number;
  /** How often to make the link anew, in milliseconds; 5 min if left out. */
  renewMs?: number;
  now: () => number;
  random: () => number;
  signal: AbortSignal;
  log: Log;
}

const ALIVE_MS = 15_000;
/** The other side is taken for gone that was silent for so many of its beats. */
const MISSED_BEATS = 3;
/** So that the relay, which asks the hub time and again whose the token is, is shown each new one in time. */
const RENEW_MS = 300_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A link that ends sooner is no better than none: two agents of one name, which take it from each other, would else never rest. */
const LASTING_MS = 10_000;

const LINKED = 'linked to the relay of streams';
const NONE = 'no link to the relay: logs and exec of other clusters wait for it';
const KEPT = 'no new link to the relay: the old one is kept while it lasts';

/** Keeps the link until the signal aborts; resolves then. */
export async function keepLink(options: LinkOptions): Promise<void> {
  const { signal, now, random, log } = options;
  let wait = FIRST_WAIT_MS;
  let told: string | undefined;
  const followed = new Set<Duplex>();
  while (!signal.aborted) {
    let since = Number.POSITIVE_INFINITY;
    try {
      const link = await options.connect(RELAY.link, signal);
      since = now();
      if (told !== LINKED) log.info({}, LINKED);
      told = LINKED;
      if (await lasts(link, followed, options)) {
        wait = FIRST_WAIT_MS;
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== told) log.warn({ err: error }, followed.size > 0 ? KEPT : NONE);
      told = message;
    }
    if (now() - since >= LASTING_MS) [wait, told] = [FIRST_WAIT_MS, undefined];
    await sleep(wait * (0.5 + random()), signal).catch(() => undefined);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

/** Whether the link is still there when it is time for another, which the relay takes in its place: it ends this one then. */
async function lasts(link: Duplex, followed: Set<Duplex>, options: LinkOptions): Promise<boolean> {
  const ended = new AbortController();
  const time = sleep(options.renewMs ?? RENEW_MS, AbortSignal.any([options.signal, ended.signal]));
  followed.add(link);
  const following = follow(link, options).finally(() => {
    followed.delete(link);
    ended.abort();
  });
  const over = following.then(() => false);
  return Promise.race([
    over,
    time.then(
      () => true,
      () => over,
    ),
  ]);
}

/** Until the link ends or falls silent. */
async function follow(link: Duplex, options: LinkOptions): Promise<void> {
  const { aliveMs = ALIVE_MS } = options;
  const beat = setInterval(() => link.write('\n'), aliveMs);
  const silence = setTimeout(() => link.destroy(), MISSED_BEATS * aliveMs);
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

/** What is read while it is written: the output of a command, and an answer of Argo's server. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from '../journeys/steps.ts';

export interface Followed {
  /** All of it so far. */
  said: () => string;
  /** All of it, once it has ended well. */
  ended: Promise<string>;
}

function collect(stream: AsyncIterable<Buffer | Uint8Array>, ended: (said: string) => Promise<string>): Followed {
  let said = '';
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of stream) said += decoder.decode(chunk, { stream: true });
    return ended(said);
  };
  const end = read();
  // Whoever waits for it hears of a failure; until then there may be nobody.
  end.catch(() => undefined);
  return { said: () => said, ended: end };
}

/** Starts a command; it is ended with the signal. */
export function followCommand(
  command: string,
  args: string[],
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Followed {
  const child = spawn(command, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = text(child.stderr as Readable);
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return collect(child.stdout, async (said) => {
    if ((await code) === 0) return said;
    throw new Error(`${command} ended with ${await code}: ${said} ${await errors}`);
  });
}

/** Reads an answer as browsers do that listen for events. */
export async function followEvents(url: string, signal: AbortSignal): Promise<Followed> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream' }, signal });
  if (!answer.ok || answer.body === null) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return collect(answer.body as AsyncIterable<Uint8Array>, async (said) => said);
}

/** Waits until it has said so; throws what it said instead. */
export const untilSaid = ({ said }: Followed, wanted: string): Promise<boolean> =>
  eventually(`it says ${wanted}`, async () => {
    if (said().includes(wanted)) return true;
    throw new Error(`it says ${said()}`);
  });

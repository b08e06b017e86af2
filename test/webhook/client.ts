/** Calls of a webhook as an API server makes them, and as nobody should. */
import { Agent, request } from 'node:https';

export interface Target {
  port: number;
  /** PEM of what to trust. */
  ca: string;
}

export interface Call {
  body: string | Buffer;
  contentType?: string;
  /** What Content-Length says, if it is not the truth; the connection is cut behind the body. */
  claimedLength?: number;
}

/** `status` is 0 if the connection ended without an answer. */
export interface Answer {
  status: number;
  text: string;
}

export const keepAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 64 });

export function call({ port, ca }: Target, { body, contentType, claimedLength }: Call, agent: Agent): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const headers = {
    'content-type': contentType ?? 'application/json',
    'content-length': claimedLength ?? Buffer.byteLength(body),
  };
  const sent = request({ host: '127.0.0.1', port, path: '/mutate/a', method: 'POST', headers, ca, agent }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    answer.on('error', () => resolve({ status: 0, text: '' }));
  });
  sent.on('error', (error) => resolve({ status: 0, text: error.message }));
  sent.setTimeout(20_000, () => sent.destroy());
  if (claimedLength === undefined) sent.end(body);
  else sent.write(body, () => sent.destroy());
  return promise;
}

/** Starts one of `work` every `1000 / rate` ms; resolves to the milliseconds each took from when it was due. */
export async function atRate(rate: number, seconds: number, work: (index: number) => Promise<void>): Promise<number[]> {
  const start = performance.now();
  const all: Promise<number>[] = [];
  for (let index = 0; index < rate * seconds; index++) {
    const due = start + (index * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    all.push(work(index).then(() => performance.now() - due));
  }
  return Promise.all(all);
}

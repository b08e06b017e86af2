/** Answers to requests for streams, to whoever speaks HTTP at the other end of a connection. */
import { type IncomingHttpHeaders, type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Status } from './errors.ts';
import { splice } from './splice.ts';
import type { Opened } from './upgrade.ts';

/** What asked for a stream: a request that waits for its answer, or one whose connection is to change its protocol. */
export interface Asking {
  request: IncomingMessage;
  /** Of a plain request. */
  response?: ServerResponse;
  /** Of an upgrade. */
  socket: Duplex;
}

/** Headers by which both ends agree on the protocol of a stream; all others are those of one connection only. */
const AGREED = [
  'upgrade',
  'x-stream-protocol-version',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
];

const MAX_EXPLANATION = 65_536;

/** Those of a request for a stream that go along with it. */
export const agreed = (headers: IncomingHttpHeaders): IncomingHttpHeaders => ({
  ...Object.fromEntries(AGREED.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
  ...(headers.upgrade === undefined ? {} : { connection: 'Upgrade' }),
});

/** Passes on what was opened, and resolves when its stream has ended; one that breaks off is not told as one that ended. */
export async function passOn(opened: Opened, asking: Asking): Promise<void> {
  if (opened.kind === 'upgraded') {
    upgrade(asking.socket, opened.headers);
    return splice(asking.socket, opened.socket);
  }
  const response = responseTo(asking);
  const type = opened.headers['content-type'];
  response.writeHead(opened.status, { ...(type && { 'content-type': type }), connection: 'close' });
  response.flushHeaders();
  // The reader may leave a log that is followed, and a log may break off: both end the other side.
  await pipeline(opened.body, response).catch(() => asking.socket.destroy());
}

/** As kubectl and client-go read refusals. */
export function refuse(asking: Asking, code: number, message: string): void {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code };
  const response = responseTo(asking);
  response.writeHead(code, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
}

/** What a refusal says: the message of a `Status`, or else its text; at most 64 KiB of it. */
export async function explanation(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_EXPLANATION) break;
  }
  const said = Buffer.concat(chunks).toString();
  try {
    return (JSON.parse(said) as Status).message ?? said;
  } catch {
    return said;
  }
}

function responseTo({ request, response, socket }: Asking): ServerResponse {
  if (response !== undefined) return response;
  const late = new ServerResponse(request);
  late.shouldKeepAlive = false;
  late.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  late.once('finish', () => socket.end());
  return late;
}

/** Tells who asked for an upgrade that the connection speaks the other protocol from here on. */
export function upgrade(socket: Duplex, headers: IncomingHttpHeaders): void {
  const lines = Object.entries(agreed(headers)).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  socket.write([`HTTP/1.1 101 ${STATUS_CODES[101]}`, ...lines, '', ''].join('\r\n'));
}

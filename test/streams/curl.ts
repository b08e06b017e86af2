/** curl at an API server or a kubelet, with a client certificate. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { buffer, text } from 'node:stream/consumers';
import { entered } from '../cluster/apart.ts';
import { readEnv } from '../cluster/env.ts';
import { pkiFile } from '../cluster/pki.ts';
import type { Site } from '../journeys/fleet.ts';
import type { View } from './pods.ts';

export interface Answer {
  status: number;
  body: Buffer;
}

/** With which of the cluster's certificates. */
export type Identity = 'admin' | 'kubelet-client';

/** Arguments by which curl asks as that identity; paths stay as they are written. */
export const identified = ({ folder }: Site, identity: Identity): string[] => [
  ...['-sS', '-N', '--http1.1', '--path-as-is', '--max-time', '120'],
  ...['--cert', pkiFile(folder, `${identity}.crt`), '--key', pkiFile(folder, `${identity}.key`)],
  ...(identity === 'admin' ? ['--cacert', pkiFile(folder, 'ca.crt')] : ['-k']),
];

/** Asks from inside a network namespace, if one is named. Rejects if there is no answer. */
export async function curl(args: readonly string[], netns?: string): Promise<Answer> {
  const [command = '', ...words] = entered(netns, ['curl', '-w', '\n%{http_code}', ...args]);
  const child = spawn(command, words, { env: readEnv().processEnv });
  child.stdin.end();
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [said, errors, exit] = await Promise.all([buffer(child.stdout), text(child.stderr), code]);
  if (exit !== 0) throw new Error(`curl ${args.at(-1)}: exit code ${exit}: ${errors}`);
  const end = said.lastIndexOf('\n');
  return { status: Number(said.subarray(end + 1)), body: said.subarray(0, end) };
}

/** Where the API server of a cluster is. */
export async function serverOf({ kubeconfig }: Site): Promise<string> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] };
  return config.clusters[0]?.cluster.server ?? '';
}

export const podUrl = async ({ site, pod: { metadata } }: View, tail: string): Promise<string> =>
  `${await serverOf(site)}/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/${tail}`;

/** What the API server says of a pod, as its administrator. */
export const ask = async (view: View, tail: string, ...more: string[]): Promise<Answer> =>
  curl([...identified(view.site, 'admin'), ...more, await podUrl(view, tail)]);

/** To speak WebSockets from here on: RFC 6455, 4.1. */
export const websocket = (protocol: string): string[] =>
  [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: YmVydGggYmVydGggYmVydA==',
    `Sec-WebSocket-Protocol: ${protocol}`,
  ].flatMap((header) => ['-H', header]);

const LENGTH = 0x7f;
const OPCODE = 0x0f;

/** Payloads of a server's frames of data (RFC 6455, 5.2); those that rule the connection are left out. */
export function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & LENGTH;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const from = at + 2 + wide;
    if ((bytes.readUInt8(at) & OPCODE) <= 2) frames.push(bytes.subarray(from, from + length));
    at = from + length;
  }
  return frames;
}

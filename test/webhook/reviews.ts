/** Reviews to send, good and bad, and what the right answer to each is. */
import { podOf, reviewOf } from '../../webhook/pod.samples.ts';
import type { ReviewAnswer } from '../../webhook/review.ts';
import type { Answer, Call } from './client.ts';

export interface Case {
  name: string;
  call: Call;
  isRight: (answer: Answer) => boolean;
}

const json = (body: unknown): Call => ({ body: JSON.stringify(body) });
const has = (status: number, text: string) => (answer: Answer) =>
  answer.status === status && answer.text.includes(text);

/** The creation of an elected pod of about `kilobytes`, told apart by its number. */
export function goodReview(index: number, kilobytes: number): Case {
  const name = `pod-${index}`;
  const uid = `uid-${index}`;
  const env = Array.from({ length: kilobytes * 4 }, (_, i) => ({ name: `V${i}`, value: 'x'.repeat(220) }));
  const pod = podOf({ containers: [{ name: 'main', image: 'nginx', env }] }, { ...podOf().metadata, name });
  const isRight = ({ status, text }: Answer): boolean => {
    if (status !== 200) return false;
    const { response } = JSON.parse(text) as ReviewAnswer;
    const patch = Buffer.from(response.patch ?? '', 'base64').toString();
    return response.uid === uid && response.allowed && patch.includes(`\\"name\\":\\"${name}\\"`);
  };
  return { name: 'good', call: json(reviewOf(pod, { uid })), isRight };
}

const nested = (levels: number): string =>
  JSON.stringify(reviewOf(podOf({ deep: 'HERE' }))).replace('"HERE"', '['.repeat(levels) + ']'.repeat(levels));

const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
const MIB = 1024 * 1024;

/** Everything that no API server sends, or that no proxy can be made of. */
export const HOSTILE: readonly Case[] = [
  { name: 'no JSON', call: { body: '{"kind":' }, isRight: has(400, 'BERTH105') },
  { name: 'nested 100,000 deep', call: { body: nested(100_000) }, isRight: has(200, 'BERTH105') },
  { name: 'no review', call: json(podOf()), isRight: has(400, 'BERTH105') },
  { name: 'a Deployment', call: json(reviewOf({}, { resource: deployments })), isRight: has(200, '"allowed":true}') },
  { name: 'no uid', call: json(reviewOf(podOf(), { uid: undefined })), isRight: has(400, 'BERTH105') },
  { name: 'no spec', call: json(reviewOf({ metadata: {} })), isRight: has(400, 'BERTH105') },
  {
    name: 'a pod of 3 MiB',
    call: json(reviewOf(podOf({ containers: [{ name: 'main', args: ['x'.repeat(3 * MIB - 1024)] }] }))),
    isRight: has(200, 'BERTH101'),
  },
  {
    name: 'over the limit',
    call: { body: ' '.repeat(7 * MIB + 1) },
    // Told before the whole body is in; who goes on sending may see the end of the connection first.
    isRight: (answer) => answer.status === 0 || has(413, 'BERTH105')(answer),
  },
  { name: 'another media type', call: { body: '{}', contentType: 'text/plain' }, isRight: has(415, 'BERTH105') },
  { name: 'cut off', call: { body: '{"kind":', claimedLength: 1000 }, isRight: ({ status }) => status === 0 },
];

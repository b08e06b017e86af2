/** One request to a virtual node: about one of its proxies, or about all of them. */
import type { Asking } from '../../kube/index.ts';
import { answerStream, type StreamOptions } from './streams.ts';
import { answerUsage, type UsageAnswerOptions } from './usage/main.ts';
import { routeOf } from './usage/routes.ts';

export type AnswerOptions = StreamOptions & UsageAnswerOptions;

/** On the port of this target's node. Resolves when the answer, or the stream, has ended. */
export async function answer(options: AnswerOptions, target: string, asking: Asking): Promise<void> {
  const route = routeOf(asking.request.url ?? '');
  if (route === undefined) return answerStream(options, asking);
  return answerUsage(options, { target, route }, asking);
}

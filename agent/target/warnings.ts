/** Which Events of the target about a delegate its source should hear of: few, and each once. */
import { type KubeEvent, rfc3339, type Warning } from '../../api/index.ts';

/** Of one pod; who has not understood by then will not by more. */
const MOST = 10;
const PER_MINUTE = 5;
const MINUTE = 60_000;
const LONGEST = 1_000;
/** The source tells of it in its own way, and only if it lasts: see unscheduled.ts. */
const TOLD_OTHERWISE = new Set(['FailedScheduling']);

const textOf = ({ reason, message }: Pick<Warning, 'reason' | 'message'>): string => `${reason} ${message}`;

/**
 * The warnings that the delegation should hold: those told, and of those `seen` what is new, as far as there is room for
 * it in this minute. Repetitions of an Event change its count only, and are no news.
 *
 * @param now milliseconds since the epoch.
 */
export function warningsOf(told: Warning[] = [], seen: readonly KubeEvent[], now: number): Warning[] {
  const texts = new Set(told.map(textOf));
  const lately = told.filter(({ at }) => now - Date.parse(at) < MINUTE).length;
  const news: Warning[] = [];
  for (const { reason = '', message = '' } of seen) {
    const warning = { reason, message: message.slice(0, LONGEST), at: rfc3339(now) };
    if (reason === '' || TOLD_OTHERWISE.has(reason) || texts.has(textOf(warning))) continue;
    if (lately + news.length >= PER_MINUTE || told.length + news.length >= MOST) break;
    texts.add(textOf(warning));
    news.push(warning);
  }
  return news.length === 0 ? told : [...told, ...news];
}

/** The part of an Event that counts, or undefined if it is about none of our delegates. */
export function trimEvent(event: KubeEvent, isDelegate: (uid: string) => boolean): KubeEvent | undefined {
  const { uid = '' } = event.involvedObject;
  if (!isDelegate(uid)) return undefined;
  const { name, namespace, uid: own, resourceVersion } = event.metadata;
  const { reason, message } = event;
  return {
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(own !== undefined && { uid: own }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    involvedObject: { uid },
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

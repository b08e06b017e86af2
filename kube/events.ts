/** Events for the eyes of users: few, de-duplicated, and never in the way of the work. */
import { hash, type KubeObject, rfc3339 } from '../api/index.ts';
import { isAlreadyExists } from './errors.ts';
import type { Log } from './log.ts';
import type { ApiClient } from './types.ts';

/** The object that an Event is about. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
  uid: string;
}

export interface EventContent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Of two Events that are alike also in this, one is written, also by two processes; left out: the time. */
  id?: string;
}

export interface EventRecorderOptions {
  client: ApiClient;
  /** Shown as the source of the Events. */
  component: string;
  now: () => number;
  log: Log;
  /** Warnings per object and minute, which may come without end; 5 if left out. */
  perMinute?: number;
}

/** Writes an Event soon; what is said already, or too much, is left out, and failures are only logged. */
export type EventRecorder = (about: ObjectReference, content: EventContent) => void;

const SAME = 5 * 60_000;
const MINUTE = 60_000;
const CAPACITY = 4096;
const MAX_MESSAGE = 1024;

export function createEventRecorder(o: EventRecorderOptions): EventRecorder {
  const said = new Map<string, number>();
  const perObject = new Map<string, { since: number; count: number }>();
  const perMinute = o.perMinute ?? 5;

  const admit = (uid: string, { type, reason, message, id = '' }: EventContent): boolean => {
    const now = o.now();
    const text = `${uid} ${reason} ${message} ${id}`;
    const last = said.get(text);
    if (last !== undefined && now - last < SAME) return false;
    if (type === 'Warning' && !hasLeft(uid, now)) return false;
    remember(said, text, now);
    return true;
  };

  const hasLeft = (uid: string, now: number): boolean => {
    let budget = perObject.get(uid);
    if (budget === undefined || now - budget.since >= MINUTE) budget = { since: now, count: 0 };
    if (budget.count >= perMinute) return false;
    remember(perObject, uid, { since: budget.since, count: budget.count + 1 });
    return true;
  };

  return (about, content) => {
    if (!admit(about.uid, content)) return;
    const event = eventObject(about, content, o.component, o.now());
    o.client.create('events', event).catch((err: unknown) => {
      if (isAlreadyExists(err)) return;
      o.log.debug({ err, event: content, about }, 'event not written');
    });
  };
}

/** A Map in the order of writing, whose oldest entry makes room. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= CAPACITY) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function eventObject(about: ObjectReference, content: EventContent, component: string, now: number): KubeObject {
  const { reason, message, type } = content;
  const at = rfc3339(now);
  const event = {
    // Names of pods go up to the length that names may have.
    metadata: {
      name: `${about.name.slice(0, 230)}.${hash(`${about.uid}${reason}${message}${content.id ?? now}`)}`,
      namespace: about.namespace ?? 'default',
    },
    involvedObject: about,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    type,
    source: { component },
    reportingComponent: component,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
  return event;
}

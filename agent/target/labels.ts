/** New keys for a delegate's labels, so that no controller or Service of the target adopts it (docs/design.md, 6). */
import { runInNewContext } from 'node:vm';
import { GROUP, hash, type Reason } from '../../api/index.ts';

const MAX_NAME = 63;
/** Of the clock, not of the CPU: on a busy machine a process may stand still for tens of milliseconds. */
const REGEXP_DEADLINE_MS = 500;

/** Old key to new key, for the labels of one pod. */
export type Renames = ReadonlyMap<string, string>;

/** Name part of the new key: the old domain stays readable, before the name. */
const shorten = (name: string, key: string): string => {
  const suffix = `-${hash(key)}`;
  return name.slice(0, MAX_NAME - suffix.length).replace(/[^A-Za-z0-9]+$/, '') + suffix;
};

function freeKey(key: string, taken: ReadonlySet<string>): string {
  const name = key.replace('/', '_');
  let candidate = `${GROUP}/${name.length > MAX_NAME ? shorten(name, key) : name}`;
  // `a/b` and `a_b` become alike; so could, in theory, a label that looks like another one's hashed name.
  for (let salt = 0; taken.has(candidate); salt++)
    candidate = `${GROUP}/${shorten(name, salt === 0 ? key : `${key}#${salt}`)}`;
  return candidate;
}

/**
 * New keys for all `labels`; those of `spared` keep theirs. Injective. Keys without a domain come first, so that the
 * plain key is the one without a hash. `later` names labels that came to them after the delegate was made: they take
 * none of their keys.
 */
export function renameLabels(
  labels: Record<string, string>,
  spared: ReadonlySet<string>,
  later: readonly string[] = [],
): Renames {
  const renames = new Map<string, string>();
  const taken = new Set<string>();
  const domain = (key: string) => Number(key.includes('/'));
  const sorted = Object.keys(labels).sort((a, b) => domain(a) - domain(b) || (a < b ? -1 : 1));
  const keys = [...sorted, ...later];
  for (const key of keys) {
    if (!spared.has(key)) continue;
    renames.set(key, key);
    taken.add(key);
  }
  for (const key of keys) {
    if (renames.has(key)) continue;
    const renamed = freeKey(key, taken);
    renames.set(key, renamed);
    taken.add(renamed);
  }
  return renames;
}

/**
 * Keys of the labels whose `key=value` the user's `pattern` matches, or the reason why it cannot be used.
 * The pattern is a stranger's: it runs with a deadline, else `(a+)+$` would stop the agent for everybody.
 */
export function sparedLabels(labels: Record<string, string>, pattern: string | undefined): Set<string> | Reason {
  if (pattern === undefined) return new Set();
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const code = `const p = new RegExp(${JSON.stringify(pattern)}); ${JSON.stringify(texts)}.map((t) => p.test(t))`;
  try {
    const matches: unknown = runInNewContext(code, {}, { timeout: REGEXP_DEADLINE_MS });
    const flags: unknown[] = Array.isArray(matches) ? matches : [];
    return new Set(Object.keys(labels).filter((_, index) => flags[index] === true));
  } catch (cause) {
    return { reason: 'InvalidAnnotation', message: `annotation no-prefix-label-regexp: ${String(cause)}` };
  }
}

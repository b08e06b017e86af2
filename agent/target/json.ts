/** JSON merge patches (RFC 7396), the other way round: two objects in, the patch out. */
import { isDeepStrictEqual } from 'node:util';
import { isObject } from './references.ts';

type Json = Record<string, unknown>;

/** A copy without keys whose value is null or undefined: merge patches cannot carry such, and they mean nothing. */
export function withoutNulls<T>(value: T): T;
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

/** The smallest merge patch that makes `next` of `old`; undefined if they are equal. Neither may hold nulls. */
export function mergeDiff(old: Json, next: Json): Json | undefined {
  const patch: Json = {};
  for (const key of Object.keys(old)) if (next[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(next)) {
    const before = old[key];
    if (value === undefined || isDeepStrictEqual(before, value)) continue;
    patch[key] = isObject(before) && isObject(value) ? mergeDiff(before, value) : value;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

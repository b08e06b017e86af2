/** What the owner of a proxy changed of its labels and annotations after the delegation was made. */
import { type Amendment, hash, isOurs } from '../../api/index.ts';

/** Labels or annotations of the manifest as the owner wants them now. Ours are not his to change. */
export function amended(
  entries: Record<string, string> = {},
  of: Amendment['of'],
  amendments: readonly Amendment[] = [],
): Record<string, string> {
  const result = { ...entries };
  for (const amendment of amendments) {
    if (amendment.of !== of || isOurs(amendment.key)) continue;
    if (amendment.value === undefined) delete result[amendment.key];
    else result[amendment.key] = amendment.value;
  }
  return result;
}

/** By this a delegate says which amendments it has; undefined if there are none. */
export const markOf = (amendments: readonly Amendment[] = []): string | undefined =>
  amendments.length === 0
    ? undefined
    : hash(JSON.stringify(amendments.map(({ of, key, value }) => [of, key, value ?? null])));

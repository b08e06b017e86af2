/** Writes docs/reasons.md, the table of every reason that a user can meet: `npm run reasons`. */
import { writeFile } from 'node:fs/promises';
import { REASONS } from '../api/index.ts';

export const REASONS_FILE = new URL('../docs/reasons.md', import.meta.url);

export function reasonsPage(): string {
  const rows = Object.entries(REASONS).map(([reason, { code, todo }]) => `| ${code} | ${reason} | ${todo} |`);
  return [
    '# Reasons',
    '',
    'What you can meet on a proxy (condition or Event), a `PodObservation`, a `PodDelegation`, a `Cluster`, an admission answer or the command',
    'line, and what to do about it. Made from `api/reasons.ts` by `npm run reasons`.',
    '',
    '| code | reason | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.main) await writeFile(REASONS_FILE, reasonsPage());

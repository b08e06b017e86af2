/** Writes `deploy/crds/*.yaml` from the schemas in `api/`: `npm run crds`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { customResourceDefinitions } from '../api/crd.ts';

export const CRDS_FOLDER = join(import.meta.dirname, 'crds');

/** Text of every file by its name: one CustomResourceDefinition each. */
export function crdFiles(): Map<string, string> {
  const header = '# Made by `npm run crds` from the schemas in api/. Do not edit.\n';
  return new Map(
    customResourceDefinitions().map((definition) => [
      `${definition.spec.names.plural}.yaml`,
      header + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}

if (import.meta.main) {
  await mkdir(CRDS_FOLDER, { recursive: true });
  for (const [name, text] of crdFiles()) await writeFile(join(CRDS_FOLDER, name), text);
}

/** The CRDs as they are shipped. */
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Applied } from './objects.ts';

const CRDS = new URL('../../deploy/crds/', import.meta.url);

export async function readCrds(): Promise<Applied[]> {
  const files = (await readdir(CRDS)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map(async (file) => parse(await readFile(new URL(file, CRDS), 'utf8')) as Applied));
}

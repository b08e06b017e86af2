import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { run } from './run.ts';
import { type TarEntry, tar } from './tar.ts';

const BUSYBOX = '/bin/busybox';

/** The images that every real node has; there is no registry, so pods must not say `imagePullPolicy: Always`. */
const IMAGES = [
  { file: 'pause.tar', names: ['localhost/pause:1'], command: ['sleep', '1000000000'] },
  {
    file: 'busybox.tar',
    names: ['docker.io/library/busybox:latest', 'docker.io/library/busybox:1.36'],
    command: ['sh'],
  },
];

export const PAUSE_IMAGE = 'localhost/pause:1';

/** Makes the images' archives from busybox-static in `folder`, unless they are there; returns their paths. */
export async function ensureImages(folder: string): Promise<string[]> {
  const paths = IMAGES.map(({ file }) => join(folder, file));
  const complete = () => paths.every((path) => existsSync(path));
  if (!complete()) {
    await withLock(
      join(folder, '.lock'),
      () => undefined,
      () => (complete() ? Promise.resolve() : makeImages(folder)),
    );
  }
  return paths;
}

async function makeImages(folder: string): Promise<void> {
  const applets = (await run(BUSYBOX, ['--list'])).split('\n').filter(Boolean);
  const layer = tar(rootFolder(await readFile(BUSYBOX), applets));
  for (const { file, names, command } of IMAGES) {
    const unfinished = join(folder, `.${file}`);
    await writeFile(unfinished, imageArchive({ names, layer, command, architecture: goArchitecture(process.arch) }));
    await rename(unfinished, join(folder, file));
  }
}

/** The files of a small root folder around a static busybox. */
export function rootFolder(busybox: Buffer, applets: readonly string[]): TarEntry[] {
  const text = (name: string, content: string): TarEntry => ({
    name,
    kind: 'file',
    content: Buffer.from(content),
    mode: 0o644,
  });
  const links = applets.filter((name) => name !== 'busybox');
  return [
    ...['bin/', 'etc/', 'root/', 'var/'].map((name): TarEntry => ({ name, kind: 'folder' })),
    { name: 'tmp/', kind: 'folder', mode: 0o1777 },
    { name: 'bin/busybox', kind: 'file', content: busybox },
    ...links.map((name): TarEntry => ({ name: `bin/${name}`, kind: 'link', target: 'busybox' })),
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    text('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
  ];
}

export type Image = {
  readonly names: readonly string[];
  /** An uncompressed tar archive. */
  readonly layer: Buffer;
  readonly command: readonly string[];
  readonly architecture: string;
};

/** An image of one layer in Docker's archive format (`docker save`), which `ctr images import` takes. */
export function imageArchive({ names, layer, command, architecture }: Image): Buffer {
  const layerDigest = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: command, Env: ['PATH=/usr/local/bin:/usr/bin:/bin:/sbin'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    }),
  );
  const configFile = `${sha256(config)}.json`;
  const layerFile = `${layerDigest}/layer.tar`;
  const manifest = [{ Config: configFile, RepoTags: names, Layers: [layerFile] }];
  return tar([
    { name: configFile, kind: 'file', content: config },
    { name: layerFile, kind: 'file', content: layer },
    { name: 'manifest.json', kind: 'file', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

export const goArchitecture = (arch: NodeJS.Architecture): string => (arch === 'x64' ? 'amd64' : arch);

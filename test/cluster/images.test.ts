import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageArchive, rootFolder } from './images.ts';
import { tar } from './tar.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function unpack(archive: Buffer, into: string): void {
  writeFileSync(join(folder, 'archive.tar'), archive);
  execFileSync('tar', ['-xf', 'archive.tar', '-C', into], { cwd: folder });
  rmSync(join(folder, 'archive.tar'));
}

describe('tar', () => {
  it('makes what tar(1) unpacks: contents of any length, modes, links', () => {
    const long = Buffer.alloc(1300, 'x');
    unpack(
      tar([
        { name: 'sub/', kind: 'folder', mode: 0o700 },
        { name: 'sub/long', kind: 'file', content: long, mode: 0o640 },
        { name: 'block', kind: 'file', content: Buffer.alloc(512, 'y') },
        { name: 'empty', kind: 'file', content: Buffer.alloc(0) },
        { name: 'link', kind: 'link', target: 'sub/long' },
      ]),
      '.',
    );
    expect(readFileSync(join(folder, 'sub/long'))).toEqual(long);
    expect(statSync(join(folder, 'sub/long')).mode & 0o777).toBe(0o640);
    expect(statSync(join(folder, 'sub')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'block')).size).toBe(512);
    expect(statSync(join(folder, 'empty')).size).toBe(0);
    expect(readlinkSync(join(folder, 'link'))).toBe('sub/long');
  });

  it('refuses a name that its header cannot hold', () => {
    expect(() => tar([{ name: 'x'.repeat(101), kind: 'folder' }])).toThrow('too long');
  });
});

describe('imageArchive', () => {
  it('names the image, and its digests are true', () => {
    const layer = tar([{ name: 'file', kind: 'file', content: Buffer.from('hello') }]);
    const names = ['docker.io/library/a:1', 'docker.io/library/a:2'];
    unpack(imageArchive({ names, layer, command: ['sh'], architecture: 'arm64' }), '.');
    const [entry] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    expect(entry.RepoTags).toEqual(names);
    const config = readFileSync(join(folder, entry.Config));
    expect(entry.Config).toBe(`${createHash('sha256').update(config).digest('hex')}.json`);
    const stored = readFileSync(join(folder, entry.Layers[0]));
    const digest = createHash('sha256').update(stored).digest('hex');
    expect(JSON.parse(config.toString())).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      config: { Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    });
  });

  it('gives equal bytes for equal content', () => {
    const make = () => tar(rootFolder(Buffer.from('busybox'), ['sh', 'ls']));
    expect(make()).toEqual(make());
  });
});

describe('rootFolder', () => {
  it('has busybox under the name of each of its applets', () => {
    unpack(tar(rootFolder(Buffer.from('busybox'), ['busybox', 'sh', 'ls'])), '.');
    expect(readdirSync(join(folder, 'bin')).sort()).toEqual(['busybox', 'ls', 'sh']);
    expect(readFileSync(join(folder, 'bin/sh'), 'utf8')).toBe('busybox');
  });
});

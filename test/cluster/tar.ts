const BLOCK = 512;

export type TarEntry =
  | { readonly name: string; readonly kind: 'file'; readonly content: Buffer; readonly mode?: number }
  | { readonly name: string; readonly kind: 'folder'; readonly mode?: number }
  | { readonly name: string; readonly kind: 'link'; readonly target: string };

/** A ustar archive of the entries, all of root's and of no date, so that equal entries give equal bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === 'file' ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(padding(content.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

const padding = (length: number) => (BLOCK - (length % BLOCK)) % BLOCK;

function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.name) > 100) throw new Error(`name too long for a tar header: ${entry.name}`);
  const block = Buffer.alloc(BLOCK);
  block.write(entry.name, 0);
  block.write(octal(entry.kind === 'link' ? 0o777 : (entry.mode ?? 0o755), 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write({ file: '0', link: '2', folder: '5' }[entry.kind], 156);
  if (entry.kind === 'link') block.write(entry.target, 157);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return block;
}

const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\u0000`;

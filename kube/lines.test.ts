import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lines } from './lines.ts';

async function collect(chunks: Buffer[]): Promise<string[]> {
  const found: string[] = [];
  async function* source() {
    yield* chunks;
  }
  for await (const line of lines(source())) found.push(line);
  return found;
}

/** Cuts bytes at the given places, wherever in a character they are. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

test('lines come out as they went in, wherever the stream is cut', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (texts, places) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      expect(await collect(cut(bytes, places))).toEqual(texts.map((text) => Buffer.from(text).toString()));
    }),
  );
});

test('an unfinished last line is dropped', async () => {
  expect(await collect([Buffer.from('{"a":1}\n{"b'), Buffer.from('":')])).toEqual(['{"a":1}']);
});

test('a line of many chunks costs its length, not its square', async () => {
  const chunks = Array.from({ length: 20_000 }, () => Buffer.from('x'.repeat(100)));
  const started = performance.now();
  expect((await collect([...chunks, Buffer.from('\n')]))[0]).toHaveLength(2_000_000);
  expect(performance.now() - started).toBeLessThan(1000);
});

const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes at newlines and yields the lines as text. Bytes of an unfinished line are kept as they came
 * and joined once, so a long line costs its length and a character may be cut anywhere. What follows the last newline
 * is the rest of a cut connection and is dropped.
 */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      const line = pending.length === 0 ? part : Buffer.concat([...pending, part]);
      pending = [];
      start = end + 1;
      if (line.length > 0) yield line.toString('utf8');
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}

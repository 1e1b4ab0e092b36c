/** Tests that the output of a script is collected in lines up to its mark, and that only a limited part is kept. */
import { describe, expect, it } from 'vitest';

import { collect, keptOutput } from '../../../src/engines/rehearsal/output.ts';

const MARK = 'c0ffee'.repeat(8);

function collected(chunks: (string | Buffer)[]) {
  const lines: string[] = [];
  const collector = collect(MARK, (line) => lines.push(line));
  let rest: Buffer | undefined;
  for (const chunk of chunks) rest ??= collector.push(Buffer.from(chunk));
  return { lines, text: collector.text(), rest: rest?.toString() };
}

describe('collect', () => {
  it('reports each line when it is complete', () => {
    const lines: string[] = [];
    const collector = collect(MARK, (line) => lines.push(line));
    collector.push(Buffer.from('one\ntw'));
    expect(lines).toEqual(['one']);
  });

  it('ends at the mark and returns the bytes after it', () => {
    expect(collected([`one\n${MARK}\nnext`])).toEqual({ lines: ['one'], text: 'one\n', rest: 'next' });
  });

  it('reports a last line without a newline', () => {
    expect(collected([`one\ntwo${MARK}\n`])).toEqual({ lines: ['one', 'two'], text: 'one\ntwo', rest: '' });
  });

  it('does not end at the mark of another run', () => {
    expect(collected([`${'0'.repeat(48)}\n`]).rest).toBeUndefined();
  });

  it('keeps only the last part of a very long output', () => {
    const { text } = collected([...Array.from({ length: 40 }, () => 'x'.repeat(20_000)), `end\n${MARK}\n`]);
    expect(text).toHaveLength(keptOutput);
    expect(text.endsWith('xend\n')).toBe(true);
  });

  it('reports a very long line in pieces', () => {
    const { lines } = collected([...Array.from({ length: 10 }, () => 'x'.repeat(20_000)), `\n${MARK}\n`]);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('')).toBe('x'.repeat(200_000));
  });

  it('decodes characters that are split between chunks', () => {
    const bytes = Buffer.from(`é→𝄞\n${MARK}\n`);
    expect(collected([...bytes].map((byte) => Buffer.from([byte]))).lines).toEqual(['é→𝄞']);
  });
});

/** Tests of edits beside ids in formats other than YAML: comments, and new images of queues. */
import { describe, expect, it } from 'vitest';
import { findReferences } from '../../../src/rotate/find.ts';
import { formatOf } from '../../../src/rotate/formats/index.ts';
import { literal } from '../../../src/rotate/formats/literal.ts';
import { splice, type SpliceEdit, verifyEdits } from '../../../src/rotate/splice.ts';
import { A, B } from './shown.ts';

function edited(file: string, text: string, edits: readonly SpliceEdit[], isLiteral = false): string {
  const before = Buffer.from(text);
  const after = splice(file, before, edits);
  if (after === 'done') throw new Error('nothing was spliced');
  const format = isLiteral ? literal : formatOf(file, before);
  if (!format) throw new Error('no format');
  verifyEdits(file, { before, after, edits }, format);
  return after.toString();
}

describe('a comment after an id changes with it, and nothing else does', () => {
  it.each([
    ['x.tf', `locals { a = "${A}" } # our-image 2026-01-01\n`],
    ['x.tf', `locals {\n  a = [{ ami = "${A}" }, // our-image 2026-01-01\n  ]\n}\n`],
    ['x.sh', `export AMI="${A}" # our-image 2026-01-01\n`],
    ['x.env', `AMI=${A} # our-image 2026-01-01\n`],
    ['x.ini', `[cluster x]\ncustom_ami = ${A} ; our-image 2026-01-01\n`],
    ['x.json', `{ "ami": "${A}" // our-image 2026-01-01\n}`],
    ['x.rst', `CustomAmi: ${A} # our-image 2026-01-01\n`],
  ])('%s', (file, text) => {
    const isLiteral = file.endsWith('.rst');
    const [reference] = findReferences(file, Buffer.from(text), { literal: isLiteral }).references;
    expect(reference?.comment?.text).toBe('our-image 2026-01-01');
    if (!reference?.comment) throw new Error('no comment');
    const { start, end, path, comment } = reference;
    const edits: SpliceEdit[] = [
      { kind: 'id', path, start, end, from: A, to: B },
      {
        kind: 'comment',
        path,
        start: comment.start,
        end: comment.end,
        from: comment.text,
        to: 'new 2026-02-02',
      },
    ];
    expect(edited(file, text, edits, isLiteral)).toBe(
      text.replace(A, B).replace('our-image 2026-01-01', 'new 2026-02-02'),
    );
  });
});

it.each([0, 2])('gives a queue in JSON its own image, with indent %s', (indent) => {
  const config = {
    Image: { CustomAmi: A },
    Scheduling: { SlurmQueues: [{ Name: 'q' }, { Image: { CustomAmi: B } }] },
  };
  const text = JSON.stringify(config, null, indent);
  const { openings } = findReferences('c.json', Buffer.from(text));
  expect(openings.map(({ path, inherits }) => [path, inherits])).toEqual([
    ['Scheduling.SlurmQueues[0].Image.CustomAmi', A],
  ]);
  const edits = openings.map(({ path, start, before, after }): SpliceEdit => {
    return { kind: 'insert', path, start, end: start, from: '', to: `${before}${B}${after}` };
  });
  const after = JSON.parse(edited('c.json', text, edits)) as unknown;
  expect(after).toEqual({
    ...config,
    Scheduling: { SlurmQueues: [{ Name: 'q', Image: { CustomAmi: B } }, { Image: { CustomAmi: B } }] },
  });
});

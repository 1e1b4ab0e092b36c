/** Tests of edits in bytes, and of the check that nothing else has changed. */
import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/rotate/find.ts';
import type { Format } from '../../src/rotate/format.ts';
import { jsonc } from '../../src/rotate/formats/jsonc.ts';
import { literal } from '../../src/rotate/formats/literal.ts';
import { yaml } from '../../src/rotate/formats/yaml.ts';
import { splice, type SpliceEdit, verifyEdits } from '../../src/rotate/splice.ts';
import { A, B, SHORT } from './fixtures.ts';

const NEW = 'ami-0aaaaaaaaaaaaaaaa';

/** An edit that replaces the first occurrence of a text. */
function edit(
  text: string,
  from: string,
  to: string,
  path: string,
  kind: SpliceEdit['kind'] = 'id',
): SpliceEdit {
  const start = text.indexOf(from);
  return { kind, path, start, end: start + from.length, from, to };
}

function insert(text: string, behind: string, path: string, to: string): SpliceEdit {
  const start = text.indexOf(behind) + behind.length;
  return { kind: 'insert', path, start, end: start, from: '', to };
}

/** The result of verifyEdits() for a text that splice() would not make. */
function verdict(before: string, after: string, edits: readonly SpliceEdit[], format: Format = yaml): string {
  try {
    verifyEdits('x.yaml', { before: Buffer.from(before), after: Buffer.from(after), edits }, format);
    return 'passes';
  } catch (error) {
    return (error as Error).message;
  }
}

const config = `Image: { CustomAmi: ${A} } # ${A}
Scheduling:
  SlurmQueues:
    - Name: a
      Image:
        CustomAmi: ${A}
    - Name: b
    - Name: c
      Image:
`;
const queue = (index: number) => `Scheduling.SlurmQueues[${index}].Image.CustomAmi`;
const image = `\n      Image:\n        CustomAmi: ${NEW}`;

describe('splice', () => {
  it('applies edits of every kind together, in any order', () => {
    const start = config.lastIndexOf(A);
    const edits: SpliceEdit[] = [
      insert(config, 'Name: b', queue(1), image),
      { kind: 'id', path: queue(0), start, end: start + A.length, from: A, to: SHORT },
      {
        kind: 'comment',
        path: 'Image.CustomAmi',
        start: config.indexOf('# ') + 2,
        end: config.indexOf('# ') + 2 + A.length,
        from: A,
        to: 'new',
      },
    ];
    const after = splice('x', Buffer.from(config), edits);
    expect(after.toString()).toBe(
      `${config.slice(0, start)}${SHORT}${config.slice(start + A.length)}`
        .replace(`# ${A}`, '# new')
        .replace('Name: b', `Name: b${image}`),
    );
    expect(splice('x', Buffer.from(after.toString()), edits)).toBe('done');
    expect(splice('x', Buffer.from(config), [])).toBe('done');
    verifyEdits('x', { before: Buffer.from(config), after: Buffer.from(after.toString()), edits }, yaml);
  });

  it('refuses a file that was changed meanwhile, or that contains half of the edits', () => {
    const edits = [edit(config, A, NEW, 'Image.CustomAmi'), edit(config, 'Name: b', 'Name: x', 'x')];
    const changed = (text: string) => () => splice('x', Buffer.from(text), edits);
    expect(changed(`#\n${config}`)).toThrow(/no longer at byte/);
    expect(changed(config.replace(A, NEW))).toThrow(/no longer at byte/);
    expect(changed('')).toThrow(/no longer at byte/);
  });

  it('refuses edits that overlap', () => {
    const edits = [edit('abcd', 'abc', 'x', ''), edit('abcd', 'bcd', 'y', '')];
    expect(() => splice('x', Buffer.from('abcd'), edits)).toThrow(/no longer at byte/);
  });
});

describe('the check', () => {
  const both = [edit(config, A, NEW, 'Image.CustomAmi'), insert(config, 'Name: b', queue(1), image)];
  const meant = config.replace(A, NEW).replace('Name: b', `Name: b${image}`);

  it('accepts the intended change', () => {
    expect(verdict(config, meant, both)).toBe('passes');
    // A comment contains no value, so its edit is optional.
    const comment = edit(config, A, 'new', 'Image.CustomAmi', 'comment');
    expect(verdict(config, meant, [...both, comment])).toBe('passes');
  });

  it.each([
    ['a value changed', meant.replace('Name: c', 'Name: d')],
    ['a key changed', meant.replace('Scheduling', 'scheduling')],
    ['a value vanished', meant.replace('    - Name: c\n      Image:\n', '')],
    ['an id stayed', config.replace('Name: b', `Name: b${image}`)],
    ['an insertion is missing', config.replace(A, NEW)],
    [
      'an id changed at another place',
      config.replace('Name: b', `Name: b${image}`).replace(`CustomAmi: ${A}\n`, `CustomAmi: ${NEW}\n`),
    ],
    ['an unintended id appeared', meant.replace(NEW, B)],
    ['another id was inserted', meant.replace(image, image.replace(NEW, B))],
    ['more was inserted', meant.replace(image, `${image}\n        Os: x`)],
    ['more was inserted beside it', meant.replace(image, `${image}\n      Os: x`)],
    ['the insertion is tagged', meant.replace(image, image.replace(NEW, `!Ref ${NEW}`))],
    ['the insertion has an anchor', meant.replace(image, image.replace('Image:', 'Image: &x'))],
    [
      'the insertion came into another queue',
      config.replace(A, NEW).replace('Name: c\n      Image:', `Name: c${image}`),
    ],
    ['quotes were added', meant.replace('Name: c', 'Name: "c"')],
    ['a flow map became a block', meant.replace(/Image: \{ (.*) \}/, 'Image:\n  $1')],
    ['a list item moved', meant.replace('    - Name: c', '      Nome: c')],
    ['a document was added', `${meant}---\nX: y\n`],
    ['it is not YAML any more', meant.replace('}', '')],
    ['it is empty', ''],
  ])('refuses when %s', (_, after) => {
    expect(after).not.toBe(meant);
    expect(verdict(config, after, both)).toMatch(/not changed/);
  });

  it('refuses a change without an edit, and an edit without a change', () => {
    expect(verdict(config, config.replace(A, NEW), [])).toMatch(/not changed/);
    expect(verdict(config, config, both)).toMatch(/not changed/);
  });

  it('accepts an image written into an empty one, and refuses a loss of other keys', () => {
    const filled = insert(config, 'Name: c\n      Image:', queue(2), `\n        CustomAmi: ${NEW}`);
    expect(verdict(config, `${config}        CustomAmi: ${NEW}\n`, [filled])).toBe('passes');
    const full = config.replace(/$/, '        Os: x\n');
    expect(verdict(full, `${config}        CustomAmi: ${NEW}\n`, [filled])).toMatch(/not changed/);
  });

  it('accepts an id that changes at its anchor, while its path is that of an alias', () => {
    const text = `x: &a ${A}\nScheduling: { SlurmQueues: [{ Image: { CustomAmi: *a } }] }\ny: ${A}\n`;
    const [reference] = findReferences('x.yaml', Buffer.from(text)).references;
    expect(reference?.path).toBe(queue(0));
    const edits = [edit(text, A, NEW, queue(0))];
    expect(verdict(text, text.replace(A, NEW), edits)).toBe('passes');
  });

  it('distinguishes documents with the same paths', () => {
    const text = `Image: { CustomAmi: ${A} }\n---\nImage: { CustomAmi: ${B} }\n`;
    const edits = [edit(text, A, NEW, 'Image.CustomAmi'), edit(text, B, NEW, 'Image.CustomAmi')];
    expect(verdict(text, text.replace(A, NEW).replace(B, NEW), edits)).toBe('passes');
    expect(verdict(text, text.replace(A, NEW), edits)).toMatch(/not changed/);
  });

  it('distinguishes documents of which one has an alias at the same path', () => {
    const one = `x: &a ${A}\nScheduling: { SlurmQueues: [{ Image: { CustomAmi: *a } }] }\n`;
    const text = `${one}---\nScheduling: { SlurmQueues: [{ Image: { CustomAmi: ${A} } }] }\n`;
    const edits = findReferences('x.yaml', Buffer.from(text)).references.map(
      ({ path, start, end }): SpliceEdit => {
        return { kind: 'id', path, start, end, from: A, to: NEW };
      },
    );
    expect(edits.map(({ path }) => path)).toEqual([queue(0), queue(0)]);
    expect(verdict(text, text.replaceAll(A, NEW), edits)).toBe('passes');
    expect(verdict(text, text.replace(A, NEW), edits)).toMatch(/not changed/);
  });

  it('reads comments as text in literal mode', () => {
    const text = `AMI=${A} # bakery-rocky9-x86_64-3.16.1-000000000000\nOLD=${A}\n`;
    const comment = edit(text, 'bakery-rocky9-x86_64-3.16.1-000000000000', 'new', '', 'comment');
    const edits = [edit(text, A, NEW, ''), comment];
    const after = text.replace(A, NEW).replace(comment.from, 'new');
    expect(verdict(text, after, edits, literal)).toBe('passes');
    expect(verdict(text, after.replace('OLD', 'XLD'), edits, literal)).toMatch(/not changed/);
    expect(verdict(text, after.replaceAll(A, NEW), edits, literal)).toMatch(/not changed/);
  });

  it('works for JSON', () => {
    const text = `{"Image": {"CustomAmi": "${A}"}, "Scheduling": {"SlurmQueues": [{"Name": "q"}]}}`;
    const added = `, "Image": {"CustomAmi": "${NEW}"}`;
    const edits = [edit(text, A, NEW, 'Image.CustomAmi'), insert(text, '"q"', queue(0), added)];
    const after = text.replace(A, NEW).replace('"q"', `"q"${added}`);
    expect(verdict(text, after, edits, jsonc)).toBe('passes');
    expect(verdict(text, after.replace('"q"', '"r"'), edits, jsonc)).toMatch(/not changed/);
    expect(verdict(text, after.replace(added, `${added}, "X": {}`), edits, jsonc)).toMatch(/not changed/);
  });
});

it('accepts an id below a merge key, while another document has the same path', () => {
  const text = `Image:\n  CustomAmi: ami-0123456789abcdef0\n---\n<<: { Image: { CustomAmi: ami-0123456789abcdef0 } }\n`;
  const before = Buffer.from(text);
  for (const { path, start, end, id } of yaml.find('x.yaml', before).references) {
    const edits = [{ kind: 'id', path, start, end, from: id, to: 'ami-00000000' } as const];
    const after = splice('x.yaml', before, edits) as Buffer;
    expect(() => verifyEdits('x.yaml', { before, after, edits }, yaml)).not.toThrow();
  }
});

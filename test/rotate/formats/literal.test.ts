/** Tests of literal mode. */
import { expect, it } from 'vitest';
import { findReferences } from '../../../src/rotate/find.ts';
import { literal } from '../../../src/rotate/formats/literal.ts';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

it('finds every id in any text, and no longer word', () => {
  const text = `.. code:: yaml\n\n  CustomAmi: ${A} # our-image 2026-01-01\n\n  # was ${B}, ${SHORT}.\nx-${A} ${A}0 _${A} ${A.toUpperCase()} ami-1 "${B}" \${X:-${SHORT}}\n`;
  const found = read('docs/howto.rst', text, true);
  expect(references(found)).toEqual([
    `3:14 text  ${A} # our-image 2026-01-01`,
    `5:9 text  ${B}`,
    `5:32 text  ${SHORT}`,
    expect.stringMatching(new RegExp(`^6:\\d+ text  ${B}$`)) as string,
    expect.stringMatching(new RegExp(`^6:\\d+ text  ${SHORT}$`)) as string,
  ]);
  expect([...indirect(found), ...errors(found)]).toEqual([]);
});

it('reads what a format cannot reach, and no config that a format reads', () => {
  expect(references(read('c.yaml', `{% if x %}\nImage: [ ${A}\n`, true))).toEqual([`2:10 text  ${A}`]);
  expect(references(read('c.sh', `cat <<EOF\n${A}\nEOF\n`, true))).toEqual([`2:1 text  ${A}`]);
  const root = read('c.yaml', `Image: { CustomAmi: ${A} } # ${B}\n`, true);
  expect(references(root)).toEqual([`1:21 root Image.CustomAmi ${A} # ${B}`]);
});

it('adds no comment that contains an id, because that id is a reference', () => {
  const [first, second] = read('x', `a ${A} # was ${B}\n`, true).references;
  expect(first).not.toHaveProperty('comment');
  expect(second?.id).toBe(B);
});

it('skips programs and archives', () => {
  const bytes = Buffer.from(`\0\0 ${A} \0`);
  expect(findReferences('x.bin', bytes, { literal: true }).references).toEqual([]);
  expect(literal.find('x.bin', bytes).references).toEqual([]);
});

const CONFIG = (id: string) => `{% if gpu %}
Image:
  Os: alinux2
  CustomAmi: ${id}
HeadNode:
  Networking: { SubnetId: {{ subnets[0] }} }
  Image:
    # the head node's own
    CustomAmi: "${id}"
Scheduling:
  SlurmQueues:
    - Name: q1
      Image:
        CustomAmi: ${id}
    - Image: { CustomAmi: ${id} }
{% endif %}
`;
const flow = (id: string) =>
  `{% x %}\nHeadNode: { Image: { CustomAmi: ${id} } }\nImage: { Os: alinux2, CustomAmi: ${id} }\nQ: { Image: { CustomAmi: ${id} } }\n`;
const json = (id: string) =>
  `{\n  {% x %}\n  "Image": {\n    "CustomAmi": "${id}"\n  },\n  "HeadNode": {\n    "Image": {\n      "CustomAmi": "${id}"\n    }\n  }\n}\n`;
const heredoc = (id: string) => `locals {\n  x = <<-EOF\n    Image:\n      CustomAmi: ${id}\n    EOF\n}\n`;

it.each([
  ['c.yaml', CONFIG(A), ['root', 'head', 'text', 'text']],
  ['c.yaml', CONFIG(A).replaceAll('\n', '\r\n'), ['root', 'head', 'text', 'text']],
  ['flow.yaml.j2', flow(A), ['head', 'root', 'text']],
  ['c.json.j2', json(A), ['root', 'head']],
  ['x.kt', heredoc(A), ['root']],
  ['x.md', `AMI: ${A}\nCustomAmi: ${A}\n`, ['text', 'text']],
])(
  'knows the images of the root and the head node in a file that no format can read: %s',
  (name, text, scopes) => {
    expect(read(name, text, true).references.map(({ scope }) => scope)).toEqual(scopes);
  },
);

/** Tests of images that are written into queues without one: in the file's own style, or not at all. */
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findReferences } from '../../src/rotate/find.ts';
import type { Edit, Opening } from '../../src/rotate/format.ts';
import { formatOf } from '../../src/rotate/formats/index.ts';
import { splice, verifyEdits } from '../../src/rotate/splice.ts';
import { A, B, SHORT } from './fixtures.ts';

const queues = (text: string) => `Scheduling:\n  SlurmQueues:\n${text}`;
const root = `Image:\n  CustomAmi: ${A}\n`;

function inserted(file: string, bytes: Buffer): { text: string; openings: Opening[] } {
  const { openings } = findReferences(file, bytes);
  const edits = openings.map(({ path, start, before, after }): Edit => {
    return { kind: 'insert', file, path, start, end: start, from: '', to: `${before}${B}${after}` };
  });
  const after = splice(file, bytes, edits);
  if (after === 'done') return { text: bytes.toString(), openings };
  const format = formatOf(file, bytes);
  if (!format) throw new Error('no format');
  verifyEdits(file, { before: bytes, after, edits }, format);
  // A second application has nothing to do.
  expect(splice(file, after, edits)).toBe('done');
  expect(findReferences(file, after).openings).toEqual([]);
  return { text: after.toString(), openings };
}

it.each<[string, string, string]>([
  [
    'behind the name of a block, comment and all',
    `${root}${queues('    - Name: q1 # gpu\n      MaxCount: 1\n    - Name: q2\n')}`,
    `${root}${queues(`    - Name: q1 # gpu\n      Image:\n        CustomAmi: ${B}\n      MaxCount: 1\n    - Name: q2\n      Image:\n        CustomAmi: ${B}\n`)}`,
  ],
  [
    'with the indent of the file, and lists at the indent of their key',
    `Image:\n    CustomAmi: '${A}'\nScheduling:\n    SlurmQueues:\n    -   Name: q1\n        Networking:\n            SubnetIds: [a]\n`,
    `Image:\n    CustomAmi: '${A}'\nScheduling:\n    SlurmQueues:\n    -   Name: q1\n        Image:\n            CustomAmi: '${B}'\n        Networking:\n            SubnetIds: [a]\n`,
  ],
  [
    'with the indent of the queue if the root has another',
    `${root}${queues('    - Name: q1\n      Networking:\n          SubnetIds: [a]\n')}`,
    `${root}${queues(`    - Name: q1\n      Image:\n          CustomAmi: ${B}\n      Networking:\n          SubnetIds: [a]\n`)}`,
  ],
  [
    'in braces if the root has them, with its quotes',
    `Image: { Os: alinux2, CustomAmi: "${A}" }\n${queues('    - Name: q1\n')}`,
    `Image: { Os: alinux2, CustomAmi: "${A}" }\n${queues(`    - Name: q1\n      Image: { CustomAmi: "${B}" }\n`)}`,
  ],
  [
    'in braces without blanks',
    `Image: {CustomAmi: ${A}}\n${queues('    - Name: q1\n')}`,
    `Image: {CustomAmi: ${A}}\n${queues(`    - Name: q1\n      Image: {CustomAmi: ${B}}\n`)}`,
  ],
  [
    'into a queue in braces',
    `${root}${queues('    - { Name: q1, MaxCount: 2 }\n    - {Name: q2,MaxCount: 2}\n    - {}\n')}`,
    `${root}${queues(`    - { Name: q1, Image: { CustomAmi: ${B} }, MaxCount: 2 }\n    - {Name: q2,Image: {CustomAmi: ${B}},MaxCount: 2}\n    - {}\n`)}`,
  ],
  [
    'without a line feed at the end',
    `${root}${queues('    - Name: q1')}`,
    `${root}${queues(`    - Name: q1\n      Image:\n        CustomAmi: ${B}`)}`,
  ],
  [
    'before the first key where no short line is',
    `${root}${queues('    - Networking:\n        SubnetIds: [a]\n      Script: |\n        Name: x\n')}`,
    `${root}${queues(`    - Image:\n        CustomAmi: ${B}\n      Networking:\n        SubnetIds: [a]\n      Script: |\n        Name: x\n`)}`,
  ],
  [
    'below a dash that stands alone',
    `${root}${queues('    -\n      Name: q1\n')}`,
    `${root}${queues(`    -\n      Name: q1\n      Image:\n        CustomAmi: ${B}\n`)}`,
  ],
  [
    'into an Image that has everything but the id',
    `${root}${queues('    - Name: a\n      Image: # none yet\n      MaxCount: 1\n    - Image: {}\n    - Image: { Os: x }\n    - Image:\n        Os: x\n')}`,
    `${root}${queues(`    - Name: a\n      Image: # none yet\n        CustomAmi: ${B}\n      MaxCount: 1\n    - Image: { CustomAmi: ${B} }\n    - Image: { CustomAmi: ${B}, Os: x }\n    - Image:\n        CustomAmi: ${B}\n        Os: x\n`)}`,
  ],
  [
    'into no queue that has one of its own',
    `${root}${queues(`    - Name: a\n      Image: { CustomAmi: ${SHORT} }\n    - Name: b\n      Image: { CustomAmi: "{{ ami }}" }\n    - Name: c\n`)}`,
    `${root}${queues(`    - Name: a\n      Image: { CustomAmi: ${SHORT} }\n    - Name: b\n      Image: { CustomAmi: "{{ ami }}" }\n    - Name: c\n      Image:\n        CustomAmi: ${B}\n`)}`,
  ],
  [
    'into no queue that is shared, tagged or no map',
    `x: &q\n  Name: q\n${root}${queues('    - *q\n    - &r\n      Name: r\n    - !Ref Queue\n    - text\n    -\n    - Name: z\n')}`,
    `x: &q\n  Name: q\n${root}${queues(`    - *q\n    - &r\n      Name: r\n    - !Ref Queue\n    - text\n    -\n    - Name: z\n      Image:\n        CustomAmi: ${B}\n`)}`,
  ],
  [
    'beside what a merge key brings in',
    `x: &q\n  MaxCount: 1\n${root}${queues('    - <<: *q\n      Name: z\n')}`,
    `x: &q\n  MaxCount: 1\n${root}${queues(`    - <<: *q\n      Name: z\n      Image:\n        CustomAmi: ${B}\n`)}`,
  ],
  [
    'in each document for its own root',
    `${root}${queues('    - Name: a\n')}---\n${root}${queues(`    - Name: b\n      Image: { CustomAmi: ${SHORT} }\n`)}`,
    `${root}${queues(`    - Name: a\n      Image:\n        CustomAmi: ${B}\n`)}---\n${root}${queues(`    - Name: b\n      Image: { CustomAmi: ${SHORT} }\n`)}`,
  ],
])('writes the image %s', (_, before, after) => {
  const { text } = inserted('x.yaml', Buffer.from(before));
  expect(text).toBe(after);
  const meant = parseAllDocuments(text, { logLevel: 'silent' });
  expect(meant.flatMap(({ errors }) => errors)).toEqual([]);
  for (const end of ['\r\n', '\r']) {
    const bytes = Buffer.from(before.replaceAll('\n', end));
    expect(inserted('x.yaml', bytes).text).toBe(after.replaceAll('\n', end));
  }
  expect(inserted('x.yaml', Buffer.from(`\ufeff${before}`)).text).toBe(`\ufeff${after}`);
});

it('writes JSON into JSON, in one line or over several', () => {
  const config = {
    Image: { CustomAmi: A },
    Scheduling: { SlurmQueues: [{ Name: 'q', MaxCount: 1 }, { Name: 'r' }] },
  };
  const wanted = {
    Image: { CustomAmi: A },
    Scheduling: {
      SlurmQueues: [
        { Name: 'q', Image: { CustomAmi: B }, MaxCount: 1 },
        { Name: 'r', Image: { CustomAmi: B } },
      ],
    },
  };
  for (const space of [2, 4, '\t']) {
    const bytes = Buffer.from(JSON.stringify(config, null, space));
    for (const file of ['x.json', 'x.yaml']) {
      expect(inserted(file, bytes).text).toBe(JSON.stringify(wanted, null, space));
    }
  }
  expect(JSON.parse(inserted('x.json', Buffer.from(JSON.stringify(config))).text)).toEqual(wanted);
});

it('gives the restrictions on the image there', () => {
  const text = `Region: eu-west-1\nImage: { Os: rocky9, CustomAmi: ${A} }\nScheduling:\n  SlurmQueues:
    - Name: q1
      ComputeSettings: { LocalStorage: { RootVolume: { Size: 50 } } }
      ComputeResources:
        - InstanceType: c7g.large
        - Instances: [{ InstanceType: c7g.xlarge }, { InstanceType: c7g.large }]
`;
  expect(findReferences('x.yaml', Buffer.from(text)).openings).toEqual([
    {
      file: 'x.yaml',
      line: 5,
      column: 15,
      path: 'Scheduling.SlurmQueues[0].Image.CustomAmi',
      start: text.indexOf('q1') + 2,
      before: '\n      Image: { CustomAmi: ',
      after: ' }',
      inherits: A,
      region: 'eu-west-1',
      os: 'rocky9',
      rootVolumeGiB: 50,
      instanceTypes: ['c7g.large', 'c7g.xlarge'],
    },
  ]);
});

it.each([
  ['the root has none', queues('    - Name: q\n')],
  ['the root holds a placeholder', `Image: { CustomAmi: "{{ ami }}" }\n${queues('    - Name: q\n')}`],
  ['there are no queues', root],
  ['the file is broken', `${root}${queues('    - Name: q\n')}broken: [\n`],
])('offers nothing if %s', (_, text) => {
  expect(findReferences('x.yaml', Buffer.from(text)).openings).toEqual([]);
});

it('offers the queues of a config inside a CloudFormation template', () => {
  const text = `Resources:
  C:
    Type: Custom::PclusterCluster
    Properties:
      ClusterConfiguration:
        Image: { CustomAmi: ${A} }
        Scheduling:
          SlurmQueues:
            - Name: q
`;
  const { openings } = inserted('x.yaml', Buffer.from(text));
  expect(openings.map(({ path }) => path)).toEqual([
    'Resources.C.Properties.ClusterConfiguration.Scheduling.SlurmQueues[0].Image.CustomAmi',
  ]);
});

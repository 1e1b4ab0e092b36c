/** Tests of AMI references in JSON, with and without comments. */
import { describe, expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

const PLACEHOLDER = 'a placeholder: filling the template inserts the id';

describe('a reference is', () => {
  it.each<[string, string, string, string[]]>([
    [
      'each place of a cluster config',
      'c.json',
      `{\n\t"Region": "eu-west-1",\n\t"Image": { "Os": "alinux2", "CustomAmi": "${A}" }, // our-image\n\t"HeadNode": { "Image": { "CustomAmi": "${B}" } },\n\t"Scheduling": { "SlurmQueues": [\n\t\t{ "Image": { "CustomAmi": "${SHORT}" } },\n\t] },\n\t"LoginNodes": { "Pools": [{ "Image": { "CustomAmi": "${A}" } }] },\n\t"Tags": [{ "Key": "ami", "Value": "${A}" }],\n}\n`,
      [
        `3:44 root Image.CustomAmi ${A} in eu-west-1 # our-image`,
        `4:41 head HeadNode.Image.CustomAmi ${B} in eu-west-1`,
        `6:30 queue Scheduling.SlurmQueues[0].Image.CustomAmi ${SHORT} in eu-west-1`,
        `8:55 login LoginNodes.Pools[0].Image.CustomAmi ${A} in eu-west-1`,
      ],
    ],
    [
      "each of CDK's look-ups, in its Region",
      'cdk.context.json',
      `{\n  "ami:account=123456789012:filters.name.0=x:region=us-west-2": "${A}",\n  "ssm:account=1:parameterName=/hpc/ami:region=eu-west-1": "${B}",\n  "other": { "region": "eu-north-1", "ami": "${SHORT}" }\n}\n`,
      [
        `2:66 variable ami:account=123456789012:filters.name.0=x:region=us-west-2 ${A} in us-west-2`,
        `3:61 variable ssm:account=1:parameterName=/hpc/ami:region=eu-west-1 ${B} in eu-west-1`,
        `4:46 variable other.ami ${SHORT} in eu-north-1`,
      ],
    ],
    [
      "what Packer's JSON builds from",
      'packer.json',
      `{"builders":[{"type":"amazon-ebs","region":"us-east-1","source_ami":"${A}"}],"variables":{"ami":"${B}"}}`,
      [`1:70 parent builders[0].source_ami ${A} in us-east-1`, `1:115 variable variables.ami ${B}`],
    ],
    [
      "Terraform's JSON, a list of machines, a map by Region",
      'x.tfvars.json',
      `{\n  "amis": {\n    "us-east-1": "${A}",\n    "eu-west-1": "${B}"\n  },\n  "list": [{"ami":"${SHORT}"}]\n}`,
      [
        `3:19 variable amis.us-east-1 ${A} in us-east-1`,
        `4:19 variable amis.eu-west-1 ${B} in eu-west-1`,
        `6:20 variable list[0].ami ${SHORT}`,
      ],
    ],
    [
      "a cluster config in an application's own settings",
      'settings.jsonc',
      `{ "slurm": { "ParallelClusterConfig": { "Image": { "CustomAmi": "${A}" } }, /* x */ "ComputeNodeAmi": "${B}" } }`,
      [
        `1:66 root slurm.ParallelClusterConfig.Image.CustomAmi ${A}`,
        expect.stringContaining(`variable slurm.ComputeNodeAmi ${B}`) as string,
      ],
    ],
  ])('%s', (_, file, text, wanted) => {
    const found = read(file, text);
    expect(references(found)).toEqual(wanted);
    expect([...indirect(found), ...errors(found)]).toEqual([]);
  });
});

it('reads CR LF and a byte order mark', () => {
  const found = read('c.json', `\ufeff{\r\n"größe": 1, "ami": "${A}"\r\n}`);
  expect(references(found)).toEqual([`2:21 variable ami ${A}`]);
});

it('reports values without an id, and ids with escapes', () => {
  const found = read(
    'c.json',
    `{\n"Image": { "CustomAmi": "{{ ami }}" },\n"HeadNode": { "Image": { "CustomAmi": "\\u0061mi-0123456789abcdef0" } },\n"LoginNodes": { "Pools": [{ "Image": { "CustomAmi": null } }] }\n}`,
  );
  expect(indirect(found)).toEqual([
    `2:25 Image.CustomAmi "{{ ami }}" // ${PLACEHOLDER}`,
    `3:39 HeadNode.Image.CustomAmi "\\u0061mi-0123456789abcdef0" // the id is written with an escape or over several lines; write it without either`,
    `4:53 LoginNodes.Pools[0].Image.CustomAmi null // no AMI id is written here`,
  ]);
  expect(references(found)).toEqual([]);
});

it('ignores comments, and ids in longer texts on one line', () => {
  const found = read('c.json', `{ // ${A}\n"a": "was ${A}", /* ${B} */ "b": 1 }`);
  expect([...references(found), ...indirect(found), ...errors(found)]).toEqual([]);
});

it('reports a script in a string', () => {
  const found = read('c.json', `{ "user_data": "#!/bin/sh\\nAMI=${A}\\n" }`);
  expect(indirect(found)).toEqual([
    `1:32 user_data ${A} // the id is part of a longer text; literal mode moves it`,
  ]);
});

it.each([
  ['an open list', `{"a": ["${A}"`, '1:31', 'close bracket expected'],
  ['a key twice', `{"a": "${A}",\n"a": "${B}"}`, '2:1', 'duplicate key a'],
  ['two values', `{"a": "${A}"} {}`, '1:32', 'end of file expected'],
  ['endless nesting', `{"a": "${A}", "b": ${'['.repeat(50_000)}`, '1:1', 'nested too deeply'],
  [
    'nesting beyond measure',
    `{"a": "${A}", "b": ${'['.repeat(1000)}${']'.repeat(1000)}}`,
    '1:536',
    'nested too deeply',
  ],
])('skips a file with %s', (_, text, place, message) => {
  const found = read('c.json', text);
  expect(errors(found)).toEqual([`ROTATE_SYNTAX ${place} not valid JSON, skipped: ${message}`]);
  expect(references(found)).toEqual([]);
});

it('reports the images of a template, which is JSON only after it is filled', () => {
  const found = read('c.json.j2', `{\n{% if x %}\n"Image": { "CustomAmi": "${A}" },\n{% endif %}\n}`);
  expect(indirect(found)).toEqual([expect.stringContaining(`3:25 CustomAmi "${A}" } //`)]);
  expect([...references(found), ...errors(found)]).toEqual([]);
});

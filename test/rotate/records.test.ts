/** Tests of ids from which no instance is certainly launched: they stay, and the reason is reported. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/rotate/decide.ts';
import { findReferences } from '../../src/rotate/find.ts';
import { recordOf } from '../../src/rotate/records.ts';
import { A, B, errors, indirect, read, references } from './formats/shown.ts';

const NEW = 'ami-0bbbbbbbbbbbbbbb2';

/** The ids that a map from A moves, and the reasons of those that it leaves. */
function rotate(file: string, text: string, literal = false) {
  const bytes = Buffer.from(text);
  const explicit = new Map([[A, NEW]]);
  const found = findReferences(file, bytes, { literal, moving: new Set([A]) });
  const input = { found: [found], families: new Map(), current: new Map<string, string>() };
  const plan = decide({ ...input, explicit, root: 'rotate', defaultRegion: 'eu-west-1' });
  expect(errors(found)).toEqual([]);
  return {
    moved: plan.rotated.map(({ path }) => path),
    left: plan.unresolved.map(({ path, reason }) => `${path} // ${reason}`),
  };
}

const image = JSON.stringify({
  Images: [{ ImageId: A, CreationDate: '2026-10-01T00:00:00.000Z', State: 'available', Name: 'x' }],
});

describe('an id stays, in literal mode too, in', () => {
  it.each<[string, string, string, string]>([
    ['a history by month', 'a.yaml', `amis:\n  '2026-10': ${A}\n`, 'the key 2026-10 is a date'],
    ['a history by day', 'a.json', `{"images": {"20261001": "${A}"}}`, 'the key 20261001 is a date'],
    ['a history by week', 'a.tf', `locals {\n  amis = { "2026-w40" = "${A}" }\n}\n`, 'is a date'],
    ['a history by name', 'a.tfvars', `previous_ami = "${A}"\n`, 'the key previous_ami holds a record'],
    ['releases', 'a.yaml', `releases: { stable: { ami: ${A} } }\n`, 'the key releases holds a record'],
    ['a deny list', 'a.yaml', `deny_list: [${A}]\n`, 'the key deny_list holds a record or a rule'],
    ['a deny list of Terraform', 'a.tf', `locals {\n  bannedAmis = ["${A}"]\n}\n`, 'the key bannedAmis'],
    ['an allow list', 'a.json', `{"policy": {"allowedAmis": ["${A}"]}}`, 'the key allowedAmis'],
    ['a variable of a script', 'a.sh', `OLD_AMI=${A}\n`, 'the key OLD_AMI holds a record'],
    ['an env file', '.env', `ROLLBACK_AMI_ID="${A}"\n`, 'the key ROLLBACK_AMI_ID'],
    ['a section of an INI file', 'a.ini', `[history]\nami = ${A}\n`, 'the key history'],
    ['an import of Terraform', 'a.tf', `import {\n  to = aws_ami.x\n  id = "${A}"\n}\n`, 'a block import'],
    ['an import behind another', 'a.tf', `import {}\nimport {\n  id = "${A}"\n}\n`, 'a block import'],
    ['an output', 'a.tf', `output "ami" {\n  value = "${A}"\n}\n`, 'a block output launches no instance'],
    [
      'tags of Terraform',
      'a.tf',
      `resource "aws_s3_bucket" "x" {\n  tags = { SourceAmi = "${A}" }\n}\n`,
      'the key tags',
    ],
    [
      'a launch permission',
      'a.tf',
      `resource "aws_ami_launch_permission" "x" {\n  image_id = "${A}"\n}\n`,
      'aws_ami_launch_permission launches no instance',
    ],
    [
      'a condition of IAM',
      'a.json',
      `{"Statement": [{"Condition": {"StringEquals": {"ec2:ImageId": "${A}"}}}]}`,
      'the key Condition',
    ],
    [
      'a condition of IAM in Terraform',
      'a.tf',
      `data "aws_iam_policy_document" "x" {\n  statement {\n    condition {\n      values = ["${A}"]\n    }\n  }\n}\n`,
      'aws_iam_policy_document launches no instance',
    ],
    ['the answer of describe-images', 'images.json', image, 'it has CreationDate'],
    [
      'an answer in YAML',
      'x.yaml',
      `- image_id: ${A}\n  creation_date: 2026-10-01\n`,
      'it has creation_date',
    ],
    [
      'the answer of describe-images --query',
      'x.json',
      `[{"ImageId": "${A}", "Name": "x"}]`,
      'a list of images',
    ],
    [
      'the answer of describe-instances',
      'x.json',
      `{"Reservations": [{"Instances": [{"InstanceId": "i-1", "ImageId": "${A}"}]}]}`,
      'it has InstanceId',
    ],
    [
      'a choice of a workflow',
      'x.yml',
      `inputs: { ami: { options: [${A}, ${B}] } }\n`,
      'options lists values',
    ],
    ['the status of a resource', 'x.yaml', `kind: X\nstatus: { amis: [{ id: ${A} }] }\n`, 'the key status'],
  ])('%s', (_, file, text, reason) => {
    const { moved, left } = rotate(file, text);
    expect(moved).toEqual([]);
    expect(left).toEqual([expect.stringContaining(reason)]);
    expect(rotate(file, text, true)).toEqual({ moved, left });
  });
});

describe('a state file is never changed:', () => {
  const resources = `"resources":[{"instances":[{"attributes":{"image_id":"${A}"}}]},{"ami":"${A}"}]`;
  it.each<[string, string]>([
    ['terraform.tfstate', `{${resources}}`],
    ['terraform.tfstate.backup', `{${resources}}`],
    ['prod/errored.tfstate', `{${resources}}`],
    ['terraform.tfstate.1700000000.backup', `{${resources}}`],
    ['pulled.json', `{"version": 4, "terraform_version": "1.9.0", "serial": 3, ${resources}}`],
    ['plan.json', `{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{${resources}}}`],
    ['stack.json', `{"version":3,"deployment":{"manifest":{"time":"2026"},${resources}}}`],
    ['manifest.json', `{"builds":[{"artifact_id":"eu-west-1:${A}","name":"x"}],"last_run_uuid":"x"}`],
  ])('%s', (file, text) => {
    const wanted = [' // the file records what a program did; the program itself changes it'];
    for (const literal of [false, true]) {
      expect(rotate(file, text, literal)).toEqual({ moved: [], left: wanted });
    }
  });

  it('but a file of variables with similar words is', () => {
    expect(rotate('a.json', `{"terraform_version": "1.9.0", "ami": "${A}"}`).moved).toEqual(['ami']);
  });
});

describe('an id that is not certain stays, and literal mode moves it:', () => {
  it.each<[string, string, string, string]>([
    ['without a name', 'a.yaml', `gpu: ${A}\n`, 'no key around it says'],
    ['in a list', 'a.yaml', `amis: [${A}]\n`, 'one of a list of ids'],
    ['in a list of Terraform', 'a.tf', `locals {\n  amis = ["${A}"]\n}\n`, 'one of a list of ids'],
    ['under a version', 'a.json', `{"amis": {"v12": "${A}"}}`, 'the key v12 is a version'],
    [
      'in a parameter of SSM',
      'a.yaml',
      `Resources: { X: { Type: AWS::SSM::Parameter, Properties: { Value: ${A} } } }\n`,
      'no key around it says',
    ],
  ])('%s', (_, file, text, reason) => {
    const { moved, left } = rotate(file, text);
    expect(moved).toEqual([]);
    expect(left).toEqual([expect.stringContaining(reason)]);
    expect(rotate(file, text, true)).toEqual({ moved: [''], left: [] });
  });
});

describe('an id still moves', () => {
  it.each<[string, string, string]>([
    ['in a launch template', 'a.json', `{"LaunchTemplateData": {"ImageId": "${A}"}}`],
    ['by Region', 'a.yaml', `hpc: { eu-west-1: ${A} }\n`],
    ['by release of ParallelCluster', 'a.yaml', `amis: { 3.15.1: ${A} }\n`],
    ['in a list of variables', 'a.yaml', `env: [{ name: AMI_ID, value: ${A} }]\n`],
    ['in a file of parameters', 'a.json', `[{"ParameterKey": "Ami", "ParameterValue": "${A}"}]`],
    ['in a node class', 'a.yaml', `spec: { amiSelectorTerms: [{ id: ${A} }] }\n`],
    ['beside disks', 'a.json', `{"launch_block_device_mappings": [], "source_ami": "${A}"}`],
    [
      'in a resource whose name is a word of a record',
      'a.tf',
      `resource "aws_instance" "old" { ami = "${A}" }\n`,
    ],
  ])('%s', (_, file, text) => {
    expect(rotate(file, text)).toEqual({ moved: [expect.any(String)], left: [] });
  });
});

describe('a default among allowed values', () => {
  const template = (allowed: string) =>
    `Parameters:\n  Ami:\n    Type: String\n    Default: ${A}\n    AllowedValues:\n${allowed}Resources: { X: { Type: AWS::EC2::Instance, Properties: { ImageId: !Ref Ami } } }\n`;
  const items = (...ids: string[]) => ids.map((id) => `      - ${id}\n`).join('');
  const condition = `contains(["${A}", "${B}"], var.ami)`;

  it.each<[string, string, string]>([
    ['of CloudFormation', 'a.yaml', template(items(A, B))],
    ['of a workflow', 'a.yml', `inputs: { ami: { type: choice, default: ${A}, options: [${A}, ${B}] } }\n`],
    ['of a JSON schema', 'a.json', `{"ami": {"default": "${A}", "enum": ["${A}", "${B}"]}}`],
    [
      'of Terraform',
      'a.tf',
      `variable "ami" {\n  default = "${A}"\n  validation {\n    condition = ${condition}\n  }\n}\n`,
    ],
  ])('%s stays if the new id is not among them', (_, file, text) => {
    const { moved, left } = rotate(file, text);
    expect(moved).toEqual([]);
    expect(left).toContainEqual(
      expect.stringMatching(/efault \/\/ the file lists the ids that are valid here/),
    );
  });

  it('moves if the new id is among them', () => {
    expect(rotate('a.yaml', template(items(A, NEW))).moved).toEqual(['Parameters.Ami.Default']);
  });
});

it('knows dates and words of records, but not releases of an OS and words that contain others', () => {
  const isRecord = (key: string) => recordOf([key]) !== undefined;
  for (const key of [
    '2026-10',
    '202610',
    '2026-10-01T06',
    '2026q4',
    'oct-2026',
    '2026_Oct',
    'denyList',
    'AMI_HISTORY',
  ])
    expect([key, isRecord(key)]).toEqual([key, true]);
  for (const key of [
    'alinux2023',
    'ubuntu2004',
    '2023',
    'threshold_ami',
    'blockDeviceMappings',
    'release',
    'bold',
    '22.04',
  ])
    expect([key, isRecord(key)]).toEqual([key, false]);
});

it('keeps the places of moved ids and of records apart', () => {
  const found = read('a.yaml', `ami: ${A}\nprevious: ${B}\n`, true);
  expect(references(found)).toEqual([`1:6 variable ami ${A}`]);
  expect(indirect(found)).toEqual([
    `2:11 previous ${B} // the key previous holds a record or a rule, and no instance is launched from it`,
  ]);
});

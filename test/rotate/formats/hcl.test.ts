/** Tests of AMI references in the HCL of Terraform and Packer. */
import { describe, expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

const LONGER = 'the id is part of a longer text; literal mode moves it';
const EXPRESSION = 'the id is part of an expression; literal mode moves it';

describe('a reference is', () => {
  it.each<[string, string, string, string[]]>([
    [
      "a variable's default",
      'a.tf',
      `variable "ami" {\n  default = "${A}" # name 2026-01-01\n}\n`,
      [`2:14 parameter variable.ami.default ${A} # name 2026-01-01`],
    ],
    [
      'a value of tfvars',
      'a.tfvars',
      `region = "eu-west-1"\nami = "${A}" // x\n`,
      [`2:8 parameter ami ${A} in eu-west-1 # x`],
    ],
    ["a value of Packer's variables", 'a.pkrvars.hcl', `ami = "${A}"\n`, [`1:8 parameter ami ${A}`]],
    [
      'each of a map by Region',
      'a.tf',
      `locals { amis = { us-east-1 = "${A}", "eu-west-1" : "${B}" } }\n`,
      [
        `1:32 mapping locals.amis.us-east-1 ${A} in us-east-1`,
        `1:71 mapping locals.amis.eu-west-1 ${B} in eu-west-1`,
      ],
    ],
    [
      'each of a list of machines',
      'a.tf',
      `locals {\n  a = [\n    { ami = "${A}" },\n    { ami = "${B}" }\n  ]\n}\n`,
      [`3:14 variable locals.a[0].ami ${A}`, `4:14 variable locals.a[1].ami ${B}`],
    ],
    [
      'a launch template',
      'a.tf',
      `provider "aws" { region = "us-west-2" }\nresource "aws_launch_template" "x" { image_id = "${A}" }\n`,
      [`2:50 launch-template resource.aws_launch_template.x.image_id ${A} in us-west-2`],
    ],
    [
      'an instance',
      'a.tf',
      `resource "aws_instance" "x" {\n  ami = "${A}"\n}\n`,
      [`2:10 launch-template resource.aws_instance.x.ami ${A}`],
    ],
    [
      "a condition's branches",
      'a.tf',
      `resource "aws_instance" "x" { ami = var.gpu ? "${A}" : "${B}" }\n`,
      [
        `1:48 launch-template resource.aws_instance.x.ami[1] ${A}`,
        `1:74 launch-template resource.aws_instance.x.ami[2] ${B}`,
      ],
    ],
    [
      'a default of lookup and coalesce',
      'a.tf',
      `locals {\n  a = lookup(var.amis, var.region, "${A}")\n  b = coalesce(\n    var.b,\n    "${B}",\n  )\n}\n`,
      [`2:37 variable locals.a.lookup[2] ${A}`, `5:6 variable locals.b.coalesce[1] ${B}`],
    ],
    [
      'what Packer builds from',
      'a.pkr.hcl',
      `source "amazon-ebs" "x" {\n  region     = "ap-south-1"\n  source_ami = "${SHORT}"\n}\n`,
      [`3:17 parent source.amazon-ebs.x.source_ami ${SHORT} in ap-south-1`],
    ],
    [
      "a module's input, a second block of the same name",
      'a.tf',
      `module "x" {\n  b { ami = "${A}" }\n  b { ami = "${B}" }\n}\n`,
      [`2:14 variable module.x.b.ami ${A}`, `3:14 variable module.x.b[1].ami ${B}`],
    ],
    [
      'in a file with CR LF and a byte order mark',
      'a.tf',
      `\ufeff# x\r\nlocals {\r\n  a = "${A}" # größer\r\n}\r\n`,
      [`3:8 variable locals.a ${A} # ${Buffer.from('größer').toString('latin1')}`],
    ],
  ])('%s', (_, file, text, wanted) => {
    const found = read(file, text);
    expect(references(found)).toEqual(wanted);
    expect([...indirect(found), ...errors(found)]).toEqual([]);
  });
});

it('recognises the places of a cluster config in an object, and the facts around them', () => {
  const found = read(
    'clusters.tf',
    `module "pcluster" {
  config = yamlencode({
    Region = "eu-west-1"
    Image  = { Os = "alinux2", CustomAmi = "${A}" }
    HeadNode = {
      InstanceType = "c5.large"
      LocalStorage = { RootVolume = { Size = 60 } }
      Image        = { CustomAmi = "${A}" }
    }
    Scheduling = { SlurmQueues = [
      { Image = { CustomAmi = "${B}" }, ComputeResources = [{ InstanceType = "c6g.large" }] },
    ] }
    LoginNodes = { Pools = [{ Image = { CustomAmi = "${B}" } }] }
    Odd = { CustomAmi = "${B}" }
  })
}
`,
  );
  const inside = 'module.pcluster.config.yamlencode[0]';
  expect(references(found)).toEqual([
    `4:45 root ${inside}.Image.CustomAmi ${A} in eu-west-1`,
    `8:37 head ${inside}.HeadNode.Image.CustomAmi ${A} in eu-west-1`,
    `11:32 queue ${inside}.Scheduling.SlurmQueues[0].Image.CustomAmi ${B} in eu-west-1`,
    `13:54 login ${inside}.LoginNodes.Pools[0].Image.CustomAmi ${B} in eu-west-1`,
    `14:26 other ${inside}.Odd.CustomAmi ${B} in eu-west-1`,
  ]);
  const [root, head, queue] = found.references;
  expect(root).toMatchObject({ os: 'alinux2', quote: 'double', users: 1 });
  expect(root).not.toHaveProperty('instanceTypes');
  expect(head).toMatchObject({ os: 'alinux2', rootVolumeGiB: 60, instanceTypes: ['c5.large'] });
  expect(queue).toMatchObject({ os: 'alinux2', instanceTypes: ['c6g.large'] });
});

describe('an id is reported and does not move', () => {
  it.each<[string, string, string[]]>([
    ['compared', `locals { a = var.x == "${A}" ? 1 : 2 }\n`, [`1:24 locals.a ${A} // ${EXPRESSION}`]],
    [
      'compared, behind a line end',
      `locals {\n  a = (var.x ==\n    "${A}")\n}\n`,
      [`3:6 locals.a ${A} // ${EXPRESSION}`],
    ],
    ['compared from the left', `locals { a = "${A}" == var.x }\n`, [`1:15 locals.a ${A} // ${EXPRESSION}`]],
    [
      "a function's own business",
      `locals { a = replace(var.x, "${A}", "${B}") }\n`,
      [`1:30 locals.a.replace[1] ${A} // ${EXPRESSION}`, `1:55 locals.a.replace[2] ${B} // ${EXPRESSION}`],
    ],
    [
      'in a list that is searched',
      `locals { a = contains(["${A}"], var.x) }\n`,
      [`1:25 locals.a.contains[0][0] ${A} // ${EXPRESSION}`],
    ],
    [
      'in a for expression',
      `locals { a = [for x in var.y : "${A}"] }\n`,
      [`1:33 locals.a ${A} // ${EXPRESSION}`],
    ],
    ['an index', `locals { a = var.names["${A}"] }\n`, [`1:25 locals.a[0] ${A} // ${EXPRESSION}`]],
    ['a part of a text', `locals { a = "the ${A} image" }\n`, [`1:19 locals.a ${A} // ${LONGER}`]],
    [
      'a part of a template',
      `locals { a = "\${var.x ? "${A}" : ""}" }\n`,
      [`1:26 locals.a ${A} // ${LONGER}`],
    ],
    [
      'in a heredoc',
      `locals {\n  a = <<-EOT\n    CustomAmi: ${A}\n  EOT\n}\n`,
      [`3:16 locals.a ${A} // the id is in a heredoc; literal mode moves it`],
    ],
  ])('%s', (_, text, wanted) => {
    const found = read('a.tf', text);
    expect(indirect(found)).toEqual(wanted);
    expect([...references(found), ...errors(found)]).toEqual([]);
  });
});

it.each([
  ['data.aws_ssm_parameter.ami.value', 'data.aws_ssm_parameter.ami reads it from SSM when Terraform runs'],
  ['data.aws_ami.x.id', 'data.aws_ami.x looks it up at run time'],
  ['var.ami', 'the variable var.ami holds it'],
  ['"${var.ami}"', 'the variable var.ami holds it'],
  ['local.amis[var.region]', 'local.amis holds it'],
  ['module.bakery.ami', 'module.bakery.ami returns it'],
  ['max(1, 2)', 'an expression decides it at run time'],
])('reports where an image that is %s comes from', (value, reason) => {
  const found = read('a.tf', `resource "aws_instance" "x" {\n  ami = ${value}\n}\n`);
  expect(indirect(found)).toEqual([`2:9 resource.aws_instance.x.ami ${value} // ${reason}`]);
});

it('reports a value that is not an id, and a placeholder', () => {
  const found = read(
    'a.tf',
    `module "x" {\n  a { CustomAmi = "my-ami" }\n  b { CustomAmi = "__AMI__" }\n}\n`,
  );
  expect(indirect(found)).toEqual([
    '2:20 module.x.a.CustomAmi my-ami // not an AMI id',
    '3:20 module.x.b.CustomAmi __AMI__ // a placeholder: filling the template inserts the id',
  ]);
});

it('recognises an escaped template, and a template that contains a quote', () => {
  const text = `locals {\n  a = "$\${x} %%{ "\n  b = "\${f("}")}"\n  c = "${A}"\n}\n`;
  const found = read('a.tf', text);
  expect(references(found)).toEqual([`4:8 variable locals.c ${A}`]);
  expect(errors(found)).toEqual([]);
});

it('ignores comments, and places without a value', () => {
  const text = `# ${A}\n// ${A}\n/* ${A}\n ${A} */\nresource "aws_instance" "x" {\n  ami = null\n  image_id = ""\n}\n`;
  const found = read('a.tf', text);
  expect([...references(found), ...indirect(found), ...errors(found)]).toEqual([]);
});

it.each([
  ['an open quote', `a = "${A}"\nb = "x\n`, '2:5', 'a quote is not closed'],
  [
    'a brace left open',
    `a {\n  b = "${A}"\n`,
    '3:1',
    'an attribute or a block expected, the end of the file found',
  ],
  ['an open heredoc', `a = "${A}"\nb = <<EOT\nx\n`, '2:5', 'the heredoc EOT is not closed'],
  ['another language', `a = "${A}"\n- b: c\n`, '2:1', 'an attribute or a block expected, "-" found'],
  ['two values', `a = "${A}"\nb = 1 = 2\n`, '2:7', 'the end of the value expected, "=" found'],
])('skips a file with %s, and reports its place', (_, text, place, message) => {
  const found = read('a.tf', text);
  expect(errors(found)).toEqual([`ROTATE_SYNTAX ${place} not valid HCL, skipped: ${message}`]);
  expect(references(found)).toEqual([]);
  expect(errors(read('a.tf', text.replaceAll(A, 'x')))).toEqual([]);
});

it('survives endless nesting', () => {
  expect(errors(read('a.tf', `a = "${A}"\nb = ${'['.repeat(50_000)}`))).toHaveLength(1);
  expect(errors(read('a.tf', `a = "${A}"\nb = ${'"${'.repeat(50_000)}`))).toHaveLength(1);
});

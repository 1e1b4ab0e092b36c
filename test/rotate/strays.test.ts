/** Tests of ids at places that bake does not edit: they are listed if their image is known, and literal mode moves them. */
import { describe, expect, it } from 'vitest';
import { decide, type ImageFamily } from '../../src/rotate/decide.ts';
import { findReferences } from '../../src/rotate/find.ts';
import { A, B, SHORT } from './formats/shown.ts';

const NEW = 'ami-0bbbbbbbbbbbbbbb2';
const family = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' };

function rotate(file: string, text: string, literal = false) {
  const found = findReferences(file, Buffer.from(text), { literal, moving: new Set([A]) });
  const input = { found: [found], families: new Map(), current: new Map<string, string>() };
  return decide({ ...input, explicit: new Map([[A, NEW]]), root: 'leave', defaultRegion: 'eu-west-1' });
}

const flake = `genericLinux({ 'eu-west-1': '${A}' })`;

describe('an id is listed, and literal mode moves it, in', () => {
  it.each<[string, string, string]>([
    ['a command of a workflow', 'ci.yml', `steps:\n  - run: aws ec2 run-instances --image-id ${A}\n`],
    ['TOML', 'a.toml', `[hpc]\ncustom_ami = "${A}"\n`],
    ['Java properties', 'a.properties', `hpc.ami=${A}\n`],
    ['a conf file', 'a.conf', `hpc { image = ${A} }\n`],
    ['a Jenkinsfile', 'Jenkinsfile', `pipeline {\n  environment { AMI = '${A}' }\n}\n`],
    ['a Dockerfile', 'Dockerfile', `FROM scratch\nARG AMI=${A}\n`],
    ['PowerShell', 'a.ps1', `$ami = "${A}"\n`],
    ['a sample of tfvars', 'x.tfvars.sample', `ami = "${A}"\n`],
    ['an example of tfvars', 'x.tfvars.example', `ami = "${A}"\n`],
    ['a dist of tfvars', 'x.tfvars.dist', `ami = "${A}"\n`],
    ['a template of Terraform', 'main.tf.j2', `{% if x %}\nami = "${A}"\n{% endif %}\n`],
    ['CDK in TypeScript', 'stack.ts', `const image = ${flake};\n`],
    ['CDK in Python', 'stack.py', `image = ec2.MachineImage.generic_linux({"eu-west-1": "${A}"})\n`],
    ['Go', 'main.go', `const ami = "${A}"\n`],
    ['Ruby', 'a.rb', `AMI = "${A}"\n`],
    ['Nix', 'a.nix', `{ ami = "${A}"; }\n`],
    ['Makefile', 'Makefile', `AMI ?= ${A}\nall:\n\techo $(AMI)\n`],
    ['Groovy', 'a.groovy', `def ami = '${A}'\n`],
    ['an ARN', 'a.yaml', `arn: arn:aws:ec2:eu-west-1::image/${A}\n`],
    ['a filter', 'a.yaml', `filter: "image-id=${A},x"\n`],
    ['a heading of CSV', 'a.csv', `region,ami\neu-west-1,${A}\n`],
    ['a document', 'notes.md', `Nodes start from \`${A}\`.\n`],
  ])('%s', (_, file, text) => {
    const { rotated, unresolved } = rotate(file, text);
    expect(rotated).toEqual([]);
    expect(unresolved.map(({ found }) => found)).toEqual([A]);
    const moved = rotate(file, text, true);
    expect(moved.rotated.map(({ from, to }) => [from, to])).toEqual([[A, NEW]]);
    expect(moved.unresolved).toEqual([]);
  });
});

it('lists an id in an argument of a cluster config, which literal mode leaves', () => {
  const text = `HeadNode: { CustomActions: { OnNodeStart: { Args: [${A}] } } }\nImage: { CustomAmi: ${B} }\n`;
  for (const literal of [false, true]) {
    const { rotated, unresolved } = rotate('c.yaml', text, literal);
    expect([rotated, unresolved.map(({ line, column }) => [line, column])]).toEqual([[], [[1, 52]]]);
  }
});

it.each<[string, string]>([
  ['a.py', `x = 1  # was ${A}\n`],
  ['a.ts', `f(); // was ${A}\n/* and\n  ${A} */\n`],
  ['a.html', `<!-- ${A} -->\n`],
  ['a.sql', `-- ${A}\n`],
  ['a.yaml', `ami: ${B} # before ${A}\n`],
])('ignores an id in a comment of %s', (file, text) => {
  expect(rotate(file, text).unresolved).toEqual([]);
});

it('does not take an address or a file pattern for a comment', () => {
  const text = `curl https://x/${A}\nls a/**/*.yaml ${A}\n`;
  expect(rotate('a.py', text).unresolved.map(({ line }) => line)).toEqual([1, 2]);
});

it('lists only ids whose image is known, is not current and is one of a bakery', () => {
  const [old, now, official] = [A, B, SHORT];
  const text = `x("${old}", "${now}", "${official}", "ami-0cccccccccccccccc")\n`;
  const found = [findReferences('a.py', Buffer.from(text), { settled: new Set([now]) })];
  const families = new Map<string, ImageFamily>([
    [old, family],
    [official, { ...family, official: true }],
  ]);
  const current = new Map([['alinux2/x86_64/3.15.1 eu-west-1', now]]);
  const plan = decide({ found, families, current, whole: true, root: 'leave', defaultRegion: 'eu-west-1' });
  expect(plan.unresolved.map(({ found: id }) => id)).toEqual([old]);
});

/** Tests that bake reads Packer's machine-readable output and its manifest. */
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/engines/packer/manifest.ts';
import { hear, newStory, readOutputLine, type PackerStory } from '../../../src/engines/packer/output.ts';
import { reportLine } from '../../../src/image/report.ts';

const report = reportLine({ kind: 'step', id: 'trust', outcome: 'passed', text: 'eleven stores, all told' });

/** Lines as Packer 1.6.6 and 1.16.0 write them. */
const LINES = [
  '1795292551,,ui,say,==> amazon-ebs.image: Creating temporary keypair: bakery-run-82c9f047-x',
  '1795292552,,ui,say,==> amazon-ebs.image: Creating temporary security group for this instance: packer_6b01fd88-22fd-e662-b5df-79ea370de349',
  '1795292553,,ui,say,==> amazon-ebs.image: Provisioning with shell script: /runs/1/packer/steps/02-trust.sh',
  '1795292554,,ui,message,    amazon-ebs.image: adding a CA%!(PACKER_COMMA) then another',
  `1795292554,,ui,message,    amazon-ebs.image: ${report}`,
  '1795292555,,ui,error,==> amazon-ebs.image: Script exited with non-zero exit status: 3',
  `1795292556,,ui,error,Build 'amazon-ebs.image' errored after 2 seconds: Script exited with non-zero exit status: 3`,
  '1795292556,amazon-ebs.image,artifact,0,id,us-east-1:ami-0123456789abcdef0%!(PACKER_COMMA)eu-west-1:ami-0fedcba9876543210',
];

function hearAll(lines: readonly string[]): { story: PackerStory; told: ReturnType<typeof hear> } {
  const story = newStory();
  return { story, told: lines.flatMap((line) => hear(line, story)) };
}

describe('the output of Packer', () => {
  it('is split into progress, reports, and output lines of the current step', () => {
    const { story, told } = hearAll(LINES);
    expect(told).toEqual([
      { kind: 'progress', text: 'Creating temporary keypair: bakery-run-82c9f047-x' },
      {
        kind: 'progress',
        text: 'Creating temporary security group for this instance: packer_6b01fd88-22fd-e662-b5df-79ea370de349',
      },
      { kind: 'progress', text: 'step trust' },
      { kind: 'output', line: 'adding a CA, then another' },
      { kind: 'report', text: 'trust passed' },
      { kind: 'output', line: 'Script exited with non-zero exit status: 3' },
      {
        kind: 'output',
        line: "Build 'amazon-ebs.image' errored after 2 seconds: Script exited with non-zero exit status: 3",
      },
    ]);
    expect(story).toMatchObject({
      at: 'step trust',
      tail: ['adding a CA, then another'],
      errors: ['Script exited with non-zero exit status: 3'],
      groups: ['packer_6b01fd88-22fd-e662-b5df-79ea370de349'],
      artifacts: { 'us-east-1': 'ami-0123456789abcdef0', 'eu-west-1': 'ami-0fedcba9876543210' },
    });
    expect(story.said.reports).toEqual([
      { kind: 'step', id: 'trust', outcome: 'passed', digest: undefined, text: 'eleven stores, all told' },
    ]);
  });

  it('distinguishes script output from messages of Packer that have the same form', () => {
    const say = (text: string) => `1,,ui,say,==> amazon-ebs.image: ${text}`;
    const lines = [
      'Connected to SSH!',
      'Provisioning with shell script: /runs/1/packer/steps/07-site.sh',
      'the mirror is on fire',
      'Creating temporary security group for this instance: packer_00000000-0000-0000-0000-000000000000',
      'Provisioning step had errors: Running the cleanup provisioner, if present...',
      'Terminating the source AWS instance...',
    ];
    const { story, told } = hearAll(lines.map((line) => say(line.replaceAll(',', '%!(PACKER_COMMA)'))));
    expect(told.map(({ kind }) => kind)).toEqual([
      'progress',
      'progress',
      'output',
      'output',
      'progress',
      'progress',
    ]);
    expect(story).toMatchObject({ at: 'step site', tail: ['the mirror is on fire', lines[3]], groups: [] });
  });

  it('keeps lines that are not in the format, such as a stack trace', () => {
    const { told } = hearAll(['panic: runtime error', '', 'goroutine 1 [running]:']);
    expect(told).toEqual([
      { kind: 'output', line: 'panic: runtime error' },
      { kind: 'output', line: 'goroutine 1 [running]:' },
    ]);
  });

  it('becomes one line for each line that the instance wrote', () => {
    expect(readOutputLine('1,,ui,message,a%!(PACKER_COMMA)b\\nc\\r')).toEqual({
      target: '',
      type: 'ui',
      data: ['message', 'a,b\nc\r'],
    });
    expect(hearAll(['1,,ui,message,    amazon-ebs.image: one\\n    amazon-ebs.image: two']).told).toEqual([
      { kind: 'output', line: 'one' },
      { kind: 'output', line: 'two' },
    ]);
  });
});

describe('the manifest of Packer', () => {
  const build = (run: string, id: string) => ({ name: 'image', packer_run_uuid: run, artifact_id: id });

  it('gives the images of the last run only', () => {
    const text = JSON.stringify({
      builds: [
        build('one', 'us-east-1:ami-0000000000000000a'),
        build('two', 'us-east-1:ami-0000000000000000b'),
      ],
      last_run_uuid: 'two',
    });
    expect(readManifest(text)).toEqual({ 'us-east-1': 'ami-0000000000000000b' });
  });

  it.each(['', '{', '[]', 'null', '{"builds":{}}', '{"builds":[null,1,{}],"last_run_uuid":"x"}'])(
    'gives nothing for %j',
    (text) => expect(readManifest(text)).toEqual({}),
  );
});

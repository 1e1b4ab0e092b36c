/** Tests `bake template` as a program: what it writes, prints, uploads, and refuses. */
import fs from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';
import { rootOnly } from '../template/configs.ts';

const project = exampleProject({
  'clusters/root-only.yaml': rootOnly,
  'clusters/foreign.template.yaml': 'mine: 1\n',
});
beforeAll(() =>
  fs.copyFileSync(path.join(project, 'clusters/root-only.yaml'), path.join(project, 'clusters/foreign.yaml')),
);
afterAll(() => fs.rmSync(project, { recursive: true }));

const run = (...args: string[]) => bake(['template', ...args], { cwd: project });
/** Options that say what the images are, so that bake does not ask AWS. */
const told = ['--os', 'alinux2', '--parallelcluster', '3.15.1'];

interface Answer {
  template: {
    file: string | null;
    parallelcluster: string;
    region: string;
    parameters: { name: string; default: string }[];
    capabilities: string[];
    url: string | null;
    launch: string | null;
    follows: { path: string }[];
    validated: unknown;
  };
  unresolved: { path: string; reason: string }[];
}

describe('without AWS', () => {
  test('a config becomes a template beside it, and a second run does not rewrite it', async () => {
    const ran = await run('clusters/root-only.yaml', ...told, '--json');
    expect(ran).toMatchObject({ exitCode: 0 });
    const { template, unresolved } = JSON.parse(ran.stdout) as Answer;
    expect(template).toMatchObject({
      file: 'clusters/root-only.template.yaml',
      parallelcluster: '3.15.1',
      region: 'us-east-1',
      parameters: [
        { name: 'ClusterName', default: 'root-only' },
        { name: 'AmiAlinux2X8664', default: '/hpc/ami/stable/alinux2/x86_64/3.15.1' },
      ],
      capabilities: ['CAPABILITY_AUTO_EXPAND', 'CAPABILITY_NAMED_IAM'],
      url: null,
      launch: null,
      validated: null,
    });
    expect(unresolved.map(({ path: at }) => at)).toEqual(['Image.CustomAmi']);
    const file = path.join(project, 'clusters/root-only.template.yaml');
    const before = fs.statSync(file);
    expect((await run('clusters/root-only.yaml', ...told)).exitCode).toBe(0);
    expect(fs.statSync(file).mtimeMs).toBe(before.mtimeMs);
  });

  test('warns when no target publishes to the channel in that Region', async () => {
    const eu = rootOnly.replace('us-east-1', 'eu-west-1');
    fs.writeFileSync(path.join(project, 'clusters/eu.yaml'), eu);
    const ran = await run('clusters/eu.yaml', ...told);
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stderr).toContain(
      'no target of bakery.yaml publishes /hpc/ami/stable/alinux2/x86_64/3.15.1 in eu-west-1',
    );
    expect((await run('clusters/root-only.yaml', ...told)).stderr).toBe('');
  });

  test('queues of another architecture keep their image, and the result says so', async () => {
    const mixed = rootOnly.replace('      InstanceType: c5.large', '      InstanceType: c6g.large');
    fs.writeFileSync(path.join(project, 'clusters/mixed.yaml'), mixed);
    const ran = await run('clusters/mixed.yaml', ...told, '--arch', 'x86_64', '--json');
    const { template, unresolved } = JSON.parse(ran.stdout) as Answer;
    expect(template.follows.map(({ path: at }) => at)).toEqual(['Scheduling.SlurmQueues[0].Image.CustomAmi']);
    expect(unresolved.at(-1)).toMatchObject({
      path: 'Scheduling.SlurmQueues[1].Image.CustomAmi',
      reason: expect.stringContaining('c6g.large beside it is arm64') as string,
    });
  });

  test('--out - prints only the template on stdout, and the report on stderr', async () => {
    const ran = await run('clusters/root-only.yaml', ...told, '--from-channel', 'candidate', '--out', '-');
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^# Made by bake template from clusters\/root-only\.yaml/);
    expect(ran.stdout).toContain("Default: '/hpc/ami/candidate/alinux2/x86_64/3.15.1'");
    expect(ran.stderr).toContain('Needs the capabilities CAPABILITY_AUTO_EXPAND and CAPABILITY_NAMED_IAM.');
    expect(ran.stderr).toContain('Not validated');
  });

  test.each([
    [['clusters/gone.yaml', ...told], 2, 'FILE_MISSING'],
    [['clusters', ...told], 2, 'FILE_UNREADABLE'],
    [['bakery.yaml'], 2, 'TEMPLATE_CONFIG'],
    [['clusters/root-only.yaml', ...told, '--arch', 'arm64'], 2, 'USAGE'],
    [['clusters/root-only.yaml', ...told, '--out', 'bakery.yaml'], 2, 'USAGE'],
    [['clusters/root-only.yaml', '--os', 'alinux2', '--parallelcluster', '3.5.1'], 2, 'TEMPLATE_RELEASE'],
    [['clusters/root-only.yaml', ...told, '--upload', 'https://x/y'], 2, 'USAGE'],
    [['clusters/root-only.yaml', ...told, '--out', '-', '--json'], 2, 'USAGE'],
    [['clusters/foreign.yaml', ...told], 2, 'USAGE'],
    [['clusters/root-only.yaml', ...told, '--os', 'rhel8'], 2, 'USAGE'],
  ])('%j ends in %i, %s', async (args, exitCode, code) => {
    const ran = await run(...args, ...(args.includes('--json') ? [] : ['--json']));
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stdout).toContain(`"code":"${code}"`);
    expect(fs.readFileSync(path.join(project, 'clusters/foreign.template.yaml'), 'utf8')).toBe('mine: 1\n');
  });

  test('--validate without the programs writes the template, uploads nothing, and ends in 3', async () => {
    const empty = fs.mkdtempSync(path.join(project, 'bin-'));
    const ran = await bake(
      [
        'template',
        'clusters/root-only.yaml',
        ...told,
        '--validate',
        '--out',
        'checked.yaml',
        '--upload',
        's3://nowhere/x',
        '--json',
      ],
      { cwd: project, env: { PATH: empty } },
    );
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain('"code":"VALIDATE_MISSING"');
    expect(ran.stdout).toContain('cfn-lint is not on PATH; pcluster 3.15.1 is not on PATH');
    expect(fs.existsSync(path.join(project, 'checked.yaml'))).toBe(true);
  });
});

describe('in the sandbox', () => {
  test('reads from EC2 which release the images have and which queues follow', async () => {
    const ran = await run('clusters/prod.yaml', '--sandbox', '--json');
    expect(ran).toMatchObject({ exitCode: 0 });
    const { template, unresolved } = JSON.parse(ran.stdout) as Answer;
    expect(template).toMatchObject({
      parallelcluster: '3.15.1',
      parameters: [{ default: 'prod' }, { name: 'AmiAlinux2X8664' }],
    });
    expect(template.follows.length).toBeGreaterThan(1);
    expect(template.follows.every(({ path: at }) => /^(Scheduling|LoginNodes)/.test(at))).toBe(true);
    expect(unresolved.map(({ path: at }) => at)).toContain('Image.CustomAmi');
  });

  test('an id of another Region stays, and the reason names its Region', async () => {
    const prod = fs.readFileSync(path.join(project, 'clusters/prod.yaml'), 'utf8');
    const away = `Region: eu-west-1\n${prod.replace(/^Region:.*\n/m, '').replace(/ #.*ami.*$/gm, '')}`;
    fs.writeFileSync(path.join(project, 'clusters/away.yaml'), away);
    const ran = await run('clusters/away.yaml', '--sandbox', '--json');
    const { template, unresolved } = JSON.parse(ran.stdout) as Answer;
    expect(template).toMatchObject({ region: 'eu-west-1', follows: [] });
    expect(unresolved.map(({ reason }) => reason)).toContain(
      'the image is in us-east-1, but this cluster is in eu-west-1; write an id of eu-west-1 here',
    );
  });

  test('--upload stores the template where the link points, once, under a name with its digest', async () => {
    const Bucket = 'hpc-templates';
    await withAccount({ state: stateOf(project) }, async (aws) => {
      const s3 = aws.client('s3', 'us-east-1', (config) => new S3Client({ ...config, forcePathStyle: true }));
      await s3.send(new CreateBucketCommand({ Bucket }));
    });
    const upload = [...told, '--sandbox', '--upload', `s3://${Bucket}/clusters/eu`, '--json'];
    const answers = [
      await run('clusters/root-only.yaml', ...upload),
      await run('clusters/root-only.yaml', ...upload),
    ];
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const [first, second] = answers.map(({ stdout }) => (JSON.parse(stdout) as Answer).template);
    expect(second).toEqual(first);
    const url = first?.url ?? '';
    expect(url).toMatch(
      /^https:\/\/hpc-templates\.s3\.us-east-1\.amazonaws\.com\/clusters\/eu\/root-only-[0-9a-f]{16}\.template\.yaml$/,
    );
    const query = new URLSearchParams((first?.launch ?? '').split('/stacks/create/review?')[1]);
    expect(Object.fromEntries(query)).toEqual({
      templateURL: url,
      stackName: 'root-only-stack',
      param_ClusterName: 'root-only',
      param_AmiAlinux2X8664: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
    });
    const stored = await withAccount({ state: stateOf(project) }, async (aws) => {
      const s3 = aws.client('s3', 'us-east-1', (config) => new S3Client({ ...config, forcePathStyle: true }));
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: new URL(url).pathname.slice(1) }));
      return Body?.transformToString();
    });
    expect(stored).toBe(fs.readFileSync(path.join(project, 'clusters/root-only.template.yaml'), 'utf8'));
  });

  test('a bucket that does not exist ends in exit 3', async () => {
    const ran = await run(
      'clusters/root-only.yaml',
      ...told,
      '--sandbox',
      '--upload',
      's3://no-such-bucket',
      '--json',
    );
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain('"code":"STORE_MISSING"');
  });
});

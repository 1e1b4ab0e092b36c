/** Tests small mistakes: each has its own code and exit 2 or 3, and nothing is written. */
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate, pem } from '../image/support/make-certificate.ts';
import { bake } from '../support/bake.ts';
import { emptyFolder, exampleProject, readExample } from '../support/project.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    fs.chmodSync(folder, 0o755);
    fs.rmSync(folder, { recursive: true });
  }
});

interface Failure {
  exit: number | null;
  codes: string[];
  errors: { code: string; message: string; file?: string; line?: number; column?: number; hint: string }[];
  wrote: string[];
}

async function failing(folder: string, args: string[], env: Record<string, string> = {}): Promise<Failure> {
  folders.push(folder);
  const before = new Set(fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  const ran = await bake([...args, '--json'], {
    cwd: folder,
    env: { AWS_EC2_METADATA_DISABLED: 'true', ...env },
  });
  const { errors } = JSON.parse(ran.stdout) as { errors: Failure['errors'] };
  const wrote = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !before.has(file));
  return { exit: ran.exitCode, codes: errors.map((error) => error.code), errors, wrote };
}

const bakery = readExample('bakery.yaml');

function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('without', () => {
  it('bakery.yaml: exit 2, naming init and --sandbox', async () => {
    const failure = await failing(emptyFolder(), ['--os', 'alinux2']);
    expect(failure).toMatchObject({ exit: 2, codes: ['CONFIG_MISSING'], wrote: [] });
    expect(failure.errors[0]?.hint).toMatch(/bake init.*--sandbox/);
  });

  it('AWS credentials: exit 3, naming --sandbox', async () => {
    const failure = await failing(exampleProject(), ['--os', 'alinux2']);
    expect(failure).toMatchObject({ exit: 3, codes: ['AWS_CREDENTIALS'], wrote: [] });
    expect(failure.errors[0]?.hint).toMatch(/sign in.*--sandbox/);
  });

  it('a target: exit 2, saying how to name one', async () => {
    expect(await failing(exampleProject(), [])).toMatchObject({
      exit: 2,
      codes: ['NOTHING_NAMED'],
      wrote: [],
    });
  });
});

describe('a wrong', () => {
  it('OS: exit 2 with the list', async () => {
    const failure = await failing(exampleProject(), ['--os', 'centos9', '--sandbox']);
    expect(failure).toMatchObject({ exit: 2, codes: ['OS_UNKNOWN'], wrote: [] });
    expect(failure.errors[0]?.hint).toContain('alinux2, alinux2023');
  });

  it('combination of version, architecture and Region: all at once', async () => {
    const args = [
      '--os',
      'alinux2',
      '--arch',
      'i386',
      '--parallelcluster',
      '3.16.0',
      '--region',
      'mars-1',
      '--sandbox',
    ];
    expect(await failing(exampleProject(), args)).toMatchObject({
      exit: 2,
      codes: ['ARCH_UNKNOWN', 'VERSION_WITHOUT_OS', 'REGION_UNKNOWN'],
      wrote: [],
    });
  });

  it.each([
    ['YAML', bakery.replace('targets:', 'targets: ['), 'CONFIG_SYNTAX'],
    ['key', bakery.replace('refresh:', 'refesh:'), 'CONFIG_KEY_UNKNOWN'],
    ['value', bakery.replace('refresh: monthly', 'refresh: daily'), 'CONFIG_CHOICE'],
    [
      'environment variable',
      bakery.replace('channel: stable', 'channel: ${env:NO_SUCH_THING}'),
      'CONFIG_ENV',
    ],
  ])('%s in bakery.yaml, with the place', async (_what, text, code) => {
    const failure = await failing(exampleProject({ 'bakery.yaml': text }), ['--os', 'alinux2', '--sandbox']);
    expect(failure).toMatchObject({ exit: 2, wrote: [] });
    expect(failure.codes).toContain(code);
    expect(failure.errors[0]?.file).toContain('bakery.yaml');
    expect(failure.errors[0]?.line).toBeGreaterThan(0);
  });

  it('option, with a suggestion', async () => {
    const failure = await failing(exampleProject(), ['--os', 'alinux2', '--sanbox']);
    expect(failure).toMatchObject({ exit: 2, codes: ['USAGE'], wrote: [] });
    expect(failure.errors[0]?.message + (failure.errors[0]?.hint ?? '')).toContain('--sandbox');
  });
});

describe('a CA file', () => {
  it.each([
    ['that is a leaf', () => pem(makeCertificate({ ca: false })), 'CA_LEAF'],
    [
      'that has expired',
      () => pem(makeCertificate({ from: new Date('2019-01-01'), to: new Date('2020-01-01') })),
      'CA_EXPIRED',
    ],
    ['that holds a private key', privateKey, 'CA_PRIVATE_KEY'],
    ['that is empty', () => '', 'CA_EMPTY'],
  ])('%s: exit 2', async (_what, content, code) => {
    const project = exampleProject({ 'certs/other.pem': content() });
    const failure = await failing(project, ['--os', 'alinux2', '--sandbox']);
    expect(failure).toMatchObject({ exit: 2, wrote: [] });
    expect(failure.codes).toContain(code);
  });

  it('that is missing: exit 2', async () => {
    const text = bakery.replace('certs/*.pem', 'certs/absent.pem');
    const failure = await failing(exampleProject({ 'bakery.yaml': text }), ['--os', 'alinux2', '--sandbox']);
    expect(failure).toMatchObject({ exit: 2, codes: ['FILE_MISSING'], wrote: [] });
  });
});

describe('a folder that cannot be written', () => {
  it('is exit 3 before anything else happens', async () => {
    const project = exampleProject();
    // A file in place of the folder stops root, too.
    fs.writeFileSync(path.join(project, '.bakery'), '');
    const failure = await failing(project, ['--os', 'alinux2', '--sandbox']);
    expect(failure).toMatchObject({ exit: 3, codes: ['FOLDER_UNWRITABLE'], wrote: [] });
  });
});

describe('a cluster config with broken YAML', () => {
  it('is reported with its place, and the others are rotated', async () => {
    const project = exampleProject({
      'clusters/broken.yaml': 'Image:\n  CustomAmi: ami-00909c2f462ff8e3b\n bad: [\n',
    });
    const failure = await failing(project, ['--os', 'alinux2', '--sandbox']);
    expect(failure).toMatchObject({ exit: 2, codes: ['ROTATE_SYNTAX'] });
    expect(failure.errors[0]?.file).toBe(path.join('clusters', 'broken.yaml'));
    expect(fs.readFileSync(path.join(project, 'clusters/broken.yaml'), 'utf8')).toContain(
      'ami-00909c2f462ff8e3b',
    );
    const rotated = fs.readFileSync(path.join(project, 'clusters/prod.yaml'), 'utf8');
    expect(rotated).not.toBe(readExample('clusters/prod.yaml'));
  });
});

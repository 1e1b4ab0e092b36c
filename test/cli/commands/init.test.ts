/** Tests `bake init`: what it finds and writes, that the result loads, and that it overwrites nothing. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadBakery } from '../../../src/config/load.ts';
import { engines } from '../../../src/engines/index.ts';
import { bake } from '../../support/bake.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'bake-init-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

async function init(...argv: string[]) {
  const ran = await bake(['init', ...argv], { cwd: folder });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  return ran.stdout;
}

async function loaded() {
  return (await loadBakery(join(folder, 'bakery.yaml'), {}, engines)).value;
}

const config = (os: string, region: string, type: string): string => `Region: ${region}
Image:
  Os: ${os}
  CustomAmi: ami-0123456789abcdef0
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: q1
      ComputeResources:
        - InstanceType: ${type}
`;

describe('bake init', () => {
  test('in an empty folder writes files that load', async () => {
    const stdout = await init();
    expect(stdout).toContain('Found no cluster config');
    expect(await loaded()).toMatchObject({
      version: 1,
      targets: [{ os: 'alinux2' }],
      rotate: { paths: [] },
      trust: { certificates: [] },
    });
    expect((await loaded()).defaults.recipe).toBe('standard');
    expect(existsSync(join(folder, 'recipes'))).toBe(false);
    const shipped = readFileSync('.github/workflows/bake.yml', 'utf8');
    expect(readFileSync(join(folder, '.github/workflows/bake.yml'), 'utf8')).toBe(
      shipped.replace('BAKE: dist/bake.js', 'BAKE: node_modules/ami-bakery/dist/bake.js'),
    );
  });

  test('takes targets, Regions and paths from cluster configs, and certificates from certs/', async () => {
    write({
      'clusters/prod.yaml': config('alinux2', 'eu-west-1', 'c6i.large'),
      'clusters/arm.yaml': config('alinux2', 'us-east-2', 'hpc7g.16xlarge'),
      'deep/er/gpu.yml': config('ubuntu2204', 'eu-west-1', 'g5.xlarge'),
      'mixed/one.yaml': config('rocky9', 'eu-west-1', 'c6i.large'),
      'mixed/values.yaml': 'a: 1\n',
      'odd/placeholder.yaml': config('{{ os }}', '{{ region }}', 'x').replace(
        'ami-0123456789abcdef0',
        '{{custom_ami}}',
      ),
      'node_modules/x/c.yaml': config('rhel8', 'us-east-1', 'c6i.large'),
      'certs/root.pem': '-----BEGIN CERTIFICATE-----\n',
    });
    await init();
    expect(await loaded()).toMatchObject({
      defaults: { regions: ['us-east-2', 'eu-west-1'] },
      targets: [
        { os: 'alinux2', arch: ['x86_64', 'arm64'], regions: ['us-east-2', 'eu-west-1'] },
        { os: 'ubuntu2204', regions: ['eu-west-1'] },
        { os: 'rocky9', base: 'ami-0123456789abcdef0' },
      ],
      trust: { certificates: ['certs/*.pem'] },
      rotate: { paths: ['clusters/*.yaml', 'deep/er/*.yml', 'mixed/one.yaml', 'odd/*.yaml'] },
    });
  });

  test('writes the targets that --os names', async () => {
    await init('--os', 'rocky8', '--os', 'rhel9');
    expect((await loaded()).targets.map(({ os }) => os)).toEqual(['rocky8', 'rhel9']);
  });

  test('rejects an unknown OS and writes nothing', async () => {
    const ran = await bake(['init', '--os', 'centos9'], { cwd: folder });
    expect(ran.exitCode).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('overwrites no file and reports that', async () => {
    write({ 'bakery.yaml': 'mine: 1\n' });
    expect(await init()).toMatch(/bakery\.yaml +exists and was not changed/);
    expect(readFileSync(join(folder, 'bakery.yaml'), 'utf8')).toBe('mine: 1\n');
    const { stdout } = await bake(['init', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      written: [],
      kept: ['bakery.yaml', '.gitignore', '.github/workflows/bake.yml'],
    });
  });

  test('copies the shipped recipe with --own-recipe, and names the copy', async () => {
    await init('--own-recipe');
    expect((await loaded()).defaults.recipe).toBe('recipes/standard.yaml');
    expect(readFileSync(join(folder, 'recipes/standard.yaml'), 'utf8')).toBe(
      readFileSync('recipes/standard.yaml', 'utf8'),
    );
    const planned = await bake(['render', '--os', 'alinux2', '--node-script', '--json'], { cwd: folder });
    expect(planned.exitCode, planned.stderr).toBe(0);
  });

  test('says what to write where bakery.yaml is there and the recipe is new', async () => {
    write({ 'bakery.yaml': 'mine: 1\n' });
    expect(await init('--own-recipe')).toMatch(
      /bakery\.yaml +exists and was not changed: add recipe: recipes\/standard\.yaml under defaults/,
    );
  });

  test('quotes file names that YAML would read differently', async () => {
    write({
      'a: #b/"c".yaml': config('alinux2', 'us-east-1', 'c6i.large'),
      'top [1].yaml': config('alinux2', 'us-east-1', 'c6i.large'),
    });
    await init();
    expect((await loaded()).rotate.paths).toEqual(['a: #b/*.yaml', 'top [1].yaml']);
  });

  test.each([
    ['the comment beside an id', 'clusters/a.yaml', '  CustomAmi: ami-0123456789abcdef0 # bakery-alinux2-x86_64-3.11.1-0123456789ab', '3.11.1'],
    ['the name of an official image', 'clusters/b.yaml', '  CustomAmi: ami-0123456789abcdef0 # aws-parallelcluster-3.9.3-amzn2-hvm-x86_64-202406', '3.9.3'],
  ])('takes the release from %s', async (_, file, line, release) => {
    write({ [file]: config('alinux2', 'us-east-1', 'c6i.large').replace(/^ +CustomAmi.*$/m, line) });
    await init();
    expect((await loaded()).targets).toMatchObject([{ os: 'alinux2', parallelcluster: release }]);
  }); // prettier-ignore

  test.each([
    ['requirements.txt', 'boto3\naws-parallelcluster==3.12.0\n', '3.12.0'],
    ['requirements/dev.txt', 'aws-parallelcluster[awslambda] ~= 3.13.0 # pinned\n', undefined],
    ['pyproject.toml', 'dependencies = ["aws-parallelcluster==3.10.1"]\n', '3.10.1'],
    ['Pipfile', '[packages]\naws-parallelcluster = "==3.14.0"\n', '3.14.0'],
    ['tools/Dockerfile', 'RUN pip install "aws-parallelcluster==3.15.0"\n', '3.15.0'],
    ['constraints-hpc.txt', 'aws-parallelcluster==3.13.2\n', '3.13.2'],
    ['README.txt', 'aws-parallelcluster==3.12.0\n', undefined],
    // Not a release, and one that this OS does not have.
    ['setup.cfg', 'aws-parallelcluster==3.99.0\n', undefined],
  ])('takes the release that %s pins', async (file, text, release) => {
    write({ [file]: text, 'clusters/a.yaml': config('alinux2', 'us-east-1', 'c6i.large') });
    await init();
    expect((await loaded()).targets[0]?.parallelcluster).toBe(release);
  });

  test('writes a target for each release of an OS, and none for a release that the OS does not have', async () => {
    const named = (release: string) =>
      config('alinux2', 'us-east-1', 'c6i.large').replace(
        'ami-0123456789abcdef0',
        `ami-0123456789abcdef0 # bakery-alinux2-x86_64-${release}-0123456789ab`,
      );
    write({
      'a.yaml': named('3.11.1'),
      'b.yaml': named('3.9.0'),
      'c.yaml': named('3.16.1'),
      'd.yaml': config('alinux2', 'eu-west-1', 'c6i.large'),
    });
    await init();
    const { targets } = await loaded();
    expect(targets.map(({ parallelcluster }) => parallelcluster)).toEqual(['3.11.1', '3.9.0']);
    expect(targets[0]?.regions).toContain('eu-west-1');
  });

  test('finds ParallelCluster 2 configs of any name, and rotates them', async () => {
    const ini = `[aws]
aws_region_name = eu-west-2
[cluster prod]
base_os = ubuntu2204
custom_ami = ami-0123456789abcdef0
`;
    write({
      '.parallelcluster/config': ini,
      'clusters/hpc.ini': ini.replace('prod', 'hpc'),
      'clusters/lab.cfg': ini.replace('eu-west-2', 'eu-west-3'),
      'other/settings.ini': '[database]\nhost = x\n',
      'notes.md': ini,
    });
    const stdout = await init();
    expect(stdout).toMatch(/hpc\.ini +cluster config, ubuntu2204, eu-west-2/);
    const { rotate, targets } = await loaded();
    expect(rotate.paths).toEqual(['.parallelcluster/config', 'clusters/hpc.ini', 'clusters/lab.cfg']);
    expect(targets).toMatchObject([{ os: 'ubuntu2204', regions: ['eu-west-2', 'eu-west-3'] }]);
    const map = 'ami-0123456789abcdef0=ami-0aaaaaaaaaaaaaaa1';
    const rotated = await bake(['rotate', ...rotate.paths, '--map', map, '--json', '--yes'], { cwd: folder });
    expect(rotated.exitCode, rotated.stderr).toBe(0);
    const { rotated: entries } = JSON.parse(rotated.stdout) as { rotated: { file: string }[] };
    expect(entries.map(({ file }) => file).sort()).toEqual(rotate.paths);
  });

  test('writes the workflow at the root of the repository, with the path of bakery.yaml', async () => {
    write({ '.git/HEAD': '', 'infra/hpc/clusters/a.yaml': config('alinux2', 'us-east-1', 'c6i.large') });
    const below = join(folder, 'infra/hpc');
    const ran = await bake(['init', '--json'], { cwd: below });
    expect(JSON.parse(ran.stdout)).toEqual({
      written: ['bakery.yaml', '.gitignore', '../../.github/workflows/bake.yml'],
      kept: [],
    });
    const workflow = readFileSync(join(folder, '.github/workflows/bake.yml'), 'utf8');
    expect(workflow).toContain('\n  BAKE_CONFIG: infra/hpc/bakery.yaml\n');
    const again = await bake(['schedule', '--github', '--json'], { cwd: below });
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'unchanged' });
  });
});

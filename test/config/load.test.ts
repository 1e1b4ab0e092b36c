/** Tests of reading bakery.yaml, recipes and assets.yaml. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAssets, loadBakery, loadExpect, loadRecipe } from '../../src/config/load.ts';
import { engines } from '../../src/engines/index.ts';
import { type BakeError, errorsOf } from '../../src/errors/bake-error.ts';
import { folderWith } from './folder.ts';

const least = 'version: 1\ntargets: [{ os: alinux2 }]\n';

const full = `# yaml-language-server: $schema=./schema/bakery.schema.json
version: 1
defaults: { engine: packer, recipe: recipes/site.yaml, arch: arm64, regions: [eu-west-1, us-east-1] }
targets:
  - os: alinux2
  - { os: ubuntu2204, arch: [x86_64, arm64], parallelcluster: 3.10.0, regions: [us-gov-west-1] }
  - { os: rocky9, base: ami-0123456789abcdef0, recipe: recipes/rocky.yaml, engine: imagebuilder }
builder:
  subnet: subnet-0123456789abcdef0
  securityGroups: [sg-0123456789abcdef0]
  instanceType: c5.xlarge
  instanceProfile: baker
  kms: { us-east-1: alias/bakery }
  volumeSize: 40
  tags: { CostCenter: 0042, Owner: null-safe }
refresh: weekly
mirrors:
  layout: artifactory
  url: https://mirror.corp.example/artifactory/
  repos: { epel: { path: /epel/9/$basearch, gpgKey: certs/mirror.gpg }, updates: { enabled: false } }
trust: { certificates: [certs/*.pem] }
assets: assets.yaml
publish: { parameter: "/site/{channel}/{os}/{arch}/{parallelcluster}", channel: candidate }
rotate: { paths: ["clusters/**/*.yaml"], channel: stable, root: rotate }
image: { prefix: hpc }
`;

async function bakery(text: string | Buffer, env: Record<string, string> = {}) {
  return loadBakery(join(await folderWith({ 'bakery.yaml': text }), 'bakery.yaml'), env, engines);
}

async function errorsFor(text: string | Buffer, env: Record<string, string> = {}): Promise<BakeError[]> {
  return failing(bakery(text, env));
}

async function failing(loading: Promise<unknown>): Promise<BakeError[]> {
  return loading.then(
    () => [],
    (error: unknown) => errorsOf(error),
  );
}

function short(errors: BakeError[]): string[] {
  return errors.map((error) => `${error.code} ${error.place.line}:${error.place.column} ${error.message}`);
}

describe('bakery.yaml', () => {
  it('needs only a version and a target', async () => {
    expect((await bakery(least)).value).toEqual({
      version: 1,
      defaults: {
        engine: 'imagebuilder',
        recipe: 'standard',
        arch: 'x86_64',
        regions: ['us-east-1'],
      },
      targets: [{ os: 'alinux2' }],
      builder: {
        securityGroups: [],
        instanceProfile: 'EC2InstanceProfileForImageBuilder',
        sshFrom: [],
        kms: {},
        tags: {},
      },
      packer: { command: 'packer', allowLegacy: false, ssh: 'private' },
      refresh: 'monthly',
      trust: { certificates: [] },
      publish: {
        parameter: '/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
        channel: 'stable',
        share: { accounts: [], organizations: [], organizationalUnits: [] },
        protect: true,
        deprecateAfterDays: 90,
      },
      rotate: {
        paths: [],
        root: 'leave',
        families: {},
        clusters: {},
        pullRequest: { branch: 'bakery/rotate' },
      },
      image: { prefix: 'bakery', lifeDays: 62, nodes: ['head', 'login', 'compute'] },
      imageBuilder: { workflows: [] },
      schedule: { timezone: 'Etc/UTC', start: 'updates' },
      store: '.bakery/store',
      patience: { unreachable: '15m' },
    });
  });

  it('reads every section, and keeps leading zeros and versions as written', async () => {
    const { value } = await bakery(full);
    expect(value.targets[1]).toEqual({
      os: 'ubuntu2204',
      arch: ['x86_64', 'arm64'],
      parallelcluster: '3.10.0',
      regions: ['us-gov-west-1'],
    });
    expect(value.builder.tags).toEqual({ CostCenter: '0042', Owner: 'null-safe' });
    expect(value.builder.volumeSize).toBe(40);
    expect(value.mirrors).toEqual({
      layout: 'artifactory',
      url: 'https://mirror.corp.example/artifactory',
      repos: {
        epel: { path: '/epel/9/$basearch', gpgKey: 'certs/mirror.gpg', enabled: true },
        updates: { enabled: false },
      },
    });
    expect(value.rotate).toMatchObject({ paths: ['clusters/**/*.yaml'], channel: 'stable', root: 'rotate' });
  });

  it.each([
    ['CR LF', full.replaceAll('\n', '\r\n')],
    ['lone CR', full.replaceAll('\n', '\r')],
    ['a byte order mark', `\ufeff${full}`],
  ])('reads the same with %s', async (_, text) => {
    expect((await bakery(text)).value).toEqual((await bakery(full)).value);
  });

  it('follows anchors and aliases', async () => {
    const { value } = await bakery(
      'version: 1\ntargets:\n  - { os: &os alinux2, regions: &r [eu-west-1] }\n  - { os: *os, arch: arm64, regions: *r }\n',
    );
    expect(value.targets[1]).toEqual({ os: 'alinux2', arch: 'arm64', regions: ['eu-west-1'] });
  });

  it('knows the place of each value', async () => {
    const located = await bakery(full);
    expect(located.place(['targets', 1, 'regions', 0])).toMatchObject({ line: 6, column: 81 });
    expect(located.place(['mirrors', 'url'])).toEqual({
      file: located.file,
      line: 19,
      column: 8,
      excerpt: '  url: https://mirror.corp.example/artifactory/\n       ^',
    });
    // A default has no place of its own, so the place is that of the nearest value around it.
    expect(located.place(['targets', 0, 'arch'])).toMatchObject({ line: 5, column: 5 });
  });

  it('reports all errors at once, in the order of the file', async () => {
    const errors = await errorsFor(
      [
        'version: 2',
        'defaults: { engine: imagebilder, regoins: [us-east-1] }',
        'targets:',
        '  - { arch: x86_64 }',
        '  - { os: alinux2, parallelcluster: 3.15, base: ami-123 }',
        'builder: { subnet: subnet-1, volumeSize: big, kms: { useast1: alias/x } }',
        'refresh: mothly',
        'mirrors: { layout: pulp, url: "http://mirror.corp.example" }',
        'trust: certs/*.pem',
        'publish: { parameter: "/hpc/{os}" }',
        'rotate: { root: "${env:ROOT}" }',
        'proxi: {}',
        '',
      ].join('\n'),
    );
    expect(short(errors)).toMatchInlineSnapshot(`
      [
        "CONFIG_VALUE 1:10 version: expected version: 1 at the top, found "2"",
        "CONFIG_CHOICE 2:21 defaults.engine: expected one of imagebuilder, packer, found "imagebilder"",
        "CONFIG_KEY_UNKNOWN 2:34 unknown key defaults.regoins",
        "CONFIG_VALUE 4:5 targets[0].os: expected an OS id of ParallelCluster such as alinux2, found nothing",
        "CONFIG_VALUE 5:37 targets[1].parallelcluster: expected a ParallelCluster 3 release such as 3.15.1, found "3.15"",
        "CONFIG_VALUE 5:49 targets[1].base: expected an AMI id: ami- and 8 or 17 hex digits, found "ami-123"",
        "CONFIG_VALUE 6:10 builder.securityGroups: expected at least one security group, because builder.subnet is set, found none",
        "CONFIG_VALUE 6:20 builder.subnet: expected a subnet id such as subnet-0123456789abcdef0, found "subnet-1"",
        "CONFIG_VALUE 6:42 builder.volumeSize: expected a whole number of GiB from 8 to 16384, found "big"",
        "CONFIG_VALUE 6:54 builder.kms.useast1: expected a Region such as us-east-1 as key, found "useast1"",
        "CONFIG_CHOICE 7:10 refresh: expected one of monthly, weekly, never, found "mothly"",
        "CONFIG_VALUE 8:31 mirrors.url: expected an https:// URL without a login, query or spaces, found "http://mirror.corp.example"",
        "CONFIG_VALUE 9:8 trust: expected a map with the keys certificates, handshake, found "certs/*.pem"",
        "CONFIG_VALUE 10:23 publish.parameter: expected a parameter name such as /hpc/ami/{channel}/{os}/{arch}/{parallelcluster}, found "/hpc/{os}"",
        "CONFIG_ENV 11:17 rotate.root takes its value from \${env:ROOT}, which is not set",
        "CONFIG_KEY_UNKNOWN 12:1 unknown key proxi",
      ]
    `);
    expect(errors.every((error) => error.exit === 2)).toBe(true);
    expect(errors.map((error) => error.hint)).toContain('did you mean regions?');
    expect(errors.map((error) => error.hint)).toContain('did you mean monthly?');
    expect(errors.map((error) => error.hint)).toContain('did you mean imagebuilder?');
  });

  it.each([
    ['a list left open', 'version: 1\ntargets: [\n', 3, 1],
    ['a tab as indent', 'version: 1\ntrust:\n\tcertificates: []\n', 3, 1],
    ['a key written twice', `${least}refresh: never\nrefresh: weekly\n`, 4, 1],
    ['a second document', `${least}---\nversion: 1\n`, 3, 1],
    ['an alias without anchor', 'version: 1\ntargets: *all\n', 2, 10],
    ['an alias of its own parent', 'version: 1\ntargets: &t [*t]\n', 2, 14],
    ['a tag', 'version: 1\ntargets: [{ os: !secret x }]\n', 2, 25],
    ['a list as key', `${least}? [a]\n: 1\n`, 3, 3],
    ['text that is not UTF-8', Buffer.from('version: 1\n# \xff\n', 'latin1'), 2, 3],
    ['UTF-16', Buffer.from(`\ufeff${least}`, 'utf16le'), 1, 1],
  ])('refuses %s with its place', async (_, text, line, column) => {
    const [error, ...others] = await errorsFor(text);
    expect(error).toMatchObject({ code: 'CONFIG_SYNTAX', exit: 2, place: { line, column } });
    expect(error?.place.excerpt).toMatch(/\n *\^$/);
    expect(others.filter((other) => other.code === 'CONFIG_SYNTAX')).toEqual([]);
  });

  it('refuses an empty file and says what is expected', async () => {
    expect(short(await errorsFor(''))).toEqual([
      expect.stringContaining(
        'CONFIG_VALUE 1:1 the file: expected a map with the keys version, defaults, targets',
      ),
    ]);
  });

  it('refuses aliases that expand without limit', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `k${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const errors = await errorsFor(`k0: &a0 x\n${lines.join('\n')}\n`);
    expect(errors.map((error) => error.message)).toContain(
      'not valid YAML: aliases expand this file to more than 200000 values',
    );
  });

  it('reports 100,000 wrong keys', async () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n');
    expect(await errorsFor(keys)).not.toHaveLength(0);
  });

  it('has an error code of its own if it does not exist', async () => {
    const folder = await folderWith({});
    const [error] = await failing(loadBakery(join(folder, 'bakery.yaml'), {}, engines));
    expect(error).toMatchObject({ code: 'CONFIG_MISSING', exit: 2 });
    expect(error?.hint).toMatch(/--config.*bake init/);
  });

  it('cannot be a folder', async () => {
    const [error] = await failing(loadBakery(await folderWith({}), {}, engines));
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', exit: 2 });
  });
});

describe('${env:NAME}', () => {
  const text = `${least}builder: { subnet: "\${env:SUBNET}", securityGroups: [sg-01234567], volumeSize: "\${env:SIZE}" }\n`;

  it('is replaced in values of every kind', async () => {
    const { value } = await bakery(text, { SUBNET: 'subnet-01234567', SIZE: '40' });
    expect(value.builder).toMatchObject({ subnet: 'subnet-01234567', volumeSize: 40 });
  });

  it('reports each variable that is not set, and no other error at that value', async () => {
    const errors = await errorsFor(text);
    expect(short(errors)).toEqual([
      'CONFIG_ENV 3:20 builder.subnet takes its value from ${env:SUBNET}, which is not set',
      'CONFIG_ENV 3:80 builder.volumeSize takes its value from ${env:SIZE}, which is not set',
    ]);
  });

  it('needs quotes inside braces, and the error says so', async () => {
    const [error] = await errorsFor(`${least}trust: { certificates: [\${env:CA}] }\n`);
    expect(error?.message).toContain('put "${env:NAME}" in quotes');
  });

  it('is not replaced again inside the value of a variable', async () => {
    const tags = `${least}builder: { tags: { A: "\${env:OUTER}" } }\n`;
    const { value } = await bakery(tags, { OUTER: '${env:INNER}', INNER: 'x' });
    expect(value.builder.tags).toEqual({ A: '${env:INNER}' });
  });

  it('never shows the value of a variable', async () => {
    const errors = await errorsFor(text, { SUBNET: 'hunter2', SIZE: 'hunter2' });
    expect(errors).toHaveLength(2);
    expect(JSON.stringify(errors.map((error) => [error.message, error.hint, error.place]))).not.toContain(
      'hunter2',
    );
  });

  it('is refused in a key, and when it is not closed', async () => {
    const errors = await errorsFor(`${least}builder: { tags: { "\${env:KEY}": x, a: "\${env:B" } }\n`, {
      KEY: 'k',
      B: 'b',
    });
    expect(short(errors)).toEqual([
      'CONFIG_SYNTAX 3:20 not valid YAML: a key cannot contain ${env:…}',
      expect.stringMatching(/^CONFIG_VALUE 3:20 builder\.tags\.\$\{env:KEY\}: expected a tag key/),
      'CONFIG_VALUE 3:40 builder.tags.a: expected ${env:NAME}, found ${env:B',
    ]);
  });

  it('does not read a variable from the prototype of an object', async () => {
    const errors = await errorsFor(`${least}assets: \${env:constructor}\n`);
    expect(errors.map((error) => error.code)).toEqual(['CONFIG_ENV']);
  });
});

describe('the mirror URL', () => {
  it.each([
    'https://bob:hunter2@mirror.corp.example/',
    'http://bob:hunter2@mirror',
    'https://bob:hun/ter2@m',
  ])('refuses and hides a login: %s', async (url) => {
    const errors = await errorsFor(`${least}mirrors: { layout: pulp, url: "${url}" }\n`);
    expect(errors.map((error) => error.code)).toContain('MIRROR_CREDENTIALS');
    const shown = JSON.stringify(errors.map((error) => [error.message, error.hint, error.place]));
    expect(shown).not.toMatch(/hunter2|ter2/);
    expect(shown).toContain('***');
  });

  it('refuses a login that comes from the environment without showing it', async () => {
    const text = `${least}mirrors: { layout: pulp, url: "https://\${env:LOGIN}@mirror" }\n`;
    const errors = await errorsFor(text, { LOGIN: 'bob:hunter2' });
    expect(errors.map((error) => error.code)).toEqual(['MIRROR_CREDENTIALS']);
    expect(errors[0]?.message).not.toContain('hunter2');
  });

  it.each([
    'http://mirror.corp.example',
    'https://',
    'https://mirror/?x=1',
    'ftp://mirror',
    "https://m/'; rm -rf /",
  ])('refuses %s', async (url) => {
    const errors = await errorsFor(`${least}mirrors: { layout: pulp, url: "${url}" }\n`);
    expect(errors.map((error) => error.code)).toEqual(['CONFIG_VALUE']);
  });
});

it('requires security groups together with a subnet', async () => {
  expect(short(await errorsFor(`${least}builder: { subnet: subnet-01234567 }\n`))).toEqual([
    'CONFIG_VALUE 3:10 builder.securityGroups: expected at least one security group, because builder.subnet is set, found none',
  ]);
});

describe('a recipe', () => {
  async function recipe(text: string) {
    return loadRecipe(join(await folderWith({ 'r.yaml': text }), 'r.yaml'));
  }

  it('is a list of steps and of expectations', async () => {
    const { value } = await recipe(
      'steps: [mirrors, trust, { script: files/site.sh }, hygiene]\n' +
        'expect: [expect/site.yaml, { command: htop --version, because: researchers ask for it }]\n',
    );
    expect(value).toEqual({
      steps: ['mirrors', 'trust', { script: 'files/site.sh' }, 'hygiene'],
      expect: ['expect/site.yaml', { command: 'htop --version', because: 'researchers ask for it' }],
    });
  });

  it('suggests the step that was meant, and lists what a step may contain', async () => {
    const errors = await failing(
      recipe('steps: [mirors, { scrpt: a.sh }, [trust], trust, trust]\nexpect: [{ command: x }]\n'),
    );
    expect(short(errors)).toEqual([
      'CONFIG_CHOICE 1:9 steps[0]: expected one of mirrors, trust, assets, hygiene, found "mirors"',
      'CONFIG_KEY_UNKNOWN 1:19 unknown key steps[1].scrpt',
      'CONFIG_VALUE 1:34 steps[2]: expected one of mirrors, trust, assets, hygiene, or { script: FILE }, { packages: … }, { firstBoot: […] }, found a list',
      'CONFIG_VALUE 1:50 steps[4]: expected each built-in step only once, found "trust" again',
      'CONFIG_VALUE 2:10 expect[0].because: expected why it matters, in a few words, found nothing',
    ]);
    expect(errors[0]?.hint).toBe('did you mean mirrors?');
    expect(errors[1]?.hint).toBe('did you mean script?');
  });

  it('replaces no environment variables, because its commands are shell', async () => {
    const { value } = await recipe('steps: [hygiene]\nexpect: [{ command: "echo ${env:X}", because: y }]\n');
    expect(value.expect[0]).toMatchObject({ command: 'echo ${env:X}' });
  });

  it('is reported at the setting that names it if it does not exist', async () => {
    const place = { file: 'bakery.yaml', line: 3, column: 9 };
    const [error] = await failing(loadRecipe('/nowhere/r.yaml', { what: 'defaults.recipe', place }));
    expect(error).toMatchObject({ code: 'FILE_MISSING', exit: 2, place });
    expect(error?.message).toBe('defaults.recipe: /nowhere/r.yaml does not exist');
  });
});

describe('an expect file', () => {
  it('is a list of commands with their reasons', async () => {
    const folder = await folderWith({ 'e.yaml': '- { id: htop, command: htop --version, because: x }\n' });
    expect((await loadExpect(join(folder, 'e.yaml'))).value).toEqual([
      { id: 'htop', command: 'htop --version', because: 'x' },
    ]);
  });
});

describe('assets.yaml', () => {
  const digest = '0'.repeat(64);
  async function assets(text: string) {
    return loadAssets(join(await folderWith({ 'a.yaml': text }), 'a.yaml'));
  }

  it('keeps a mode octal, quoted or not', async () => {
    const { value } = await assets(
      `version: 1\nassets:\n  - { name: t, file: t, sha256: ${digest}, path: /opt/t, mode: 0755 }\n` +
        `  - { name: u, file: u, sha256: ${digest}, path: /opt/u }\n`,
    );
    expect(value.assets.map((asset) => asset.mode)).toEqual(['0755', '0644']);
  });

  it('refuses paths that leave their folder, setuid modes, wrong digests and names used twice', async () => {
    const entry = (more: string) => `  - { name: t, file: t, ${more} }\n`;
    const errors = await failing(
      assets(
        `version: 1\nassets:\n${entry(`sha256: ${digest}, path: /opt/../etc/passwd`)}` +
          `${entry(`sha256: ${digest.slice(1)}, path: opt/t, mode: 4755`)}${entry(`sha256: ${digest}, path: /opt/t/`)}`,
      ),
    );
    expect(errors.map((error) => error.message.split(':')[0])).toEqual([
      'assets[0].path',
      'assets[1].name',
      'assets[1].sha256',
      'assets[1].path',
      'assets[1].mode',
      'assets[2].name',
      'assets[2].path',
    ]);
  });
});

describe('a value of the wrong kind', () => {
  it('names the example for the kind of its file', async () => {
    const folder = await folderWith({
      'bakery.yaml': 'version: 1\ntargets: 3\n',
      'recipe.yaml': 'steps: 3\n',
      'assets.yaml': 'version: 1\nassets: [{ name: a }]\n',
      'expect.yaml': '- 3\n',
    });
    const at = (name: string): string => join(folder, name);
    const hints = async (loading: Promise<unknown>) =>
      [...new Set((await failing(loading)).map(({ code, hint }) => `${code} ${hint}`))].join('; ');
    expect(await hints(loadBakery(at('bakery.yaml'), {}, engines))).toContain('bake explain bakery.yaml');
    expect(await hints(loadRecipe(at('recipe.yaml')))).toContain('bake explain recipe.yaml');
    expect(await hints(loadAssets(at('assets.yaml')))).toContain('bake explain assets.yaml');
    expect(await hints(loadExpect(at('expect.yaml')))).toContain('bake explain expect.yaml');
  });
});

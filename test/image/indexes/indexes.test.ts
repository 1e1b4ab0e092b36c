/** Tests the indexes part: how it changes the configuration of pip and other tools, and that a row finds leftovers. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexesPart } from '../../../src/image/indexes/indexes.ts';
import type { IndexInputs } from '../../../src/image/inputs.ts';
import { bakeable } from '../../../src/os/index.ts';
import { hostile } from '../support/inputs.ts';
import { everyIndex, indexed, inputsWith } from '../support/indexed.ts';

const PIP = { pip: 'https://mirror.corp.example/pypi/simple' } satisfies IndexInputs;
const VENV = '/opt/parallelcluster/pyenv/versions/3.9.20/envs/node_virtualenv/pip.conf';

test('there are no steps if bakery.yaml names no index', () => {
  for (const indexes of [undefined, {}, { git: {}, containers: {} }])
    expect(indexesPart(inputsWith(indexes))).toEqual({ steps: [], rows: [] });
});

test.each(bakeable)('%s: there are steps for the configured tools only, and a row for each tool', (os) => {
  const { steps, rows } = indexesPart(inputsWith(everyIndex, undefined, os));
  expect(steps.map(({ id }) => id)).toEqual([
    'settings-reader',
    'indexes',
    'indexes-environment',
    'index-docker',
  ]);
  const after = new Set(rows.flatMap(({ needs }) => needs.after ?? []));
  expect([...after].sort()).toEqual(steps.map(({ id }) => id).sort());
  expect(indexesPart(inputsWith(PIP, undefined, os)).steps.map(({ id }) => id)).toEqual([
    'settings-reader',
    'indexes',
    'indexes-environment',
  ]);
});

test('a second run changes nothing', () => {
  const image = indexed(inputsWith(everyIndex), {
    '/etc/pip.conf': '[global]\n    timeout = 60\n',
    [VENV]: '[global]\nextra-index-url = https://outside.example/simple\n',
    '/etc/npmrc': 'registry=https://outside.example/\n',
  });
  image.steps();
  const files = ['/etc/pip.conf', VENV, '/etc/npmrc', '/etc/gitconfig', '/etc/uv/uv.toml'];
  const first = files.map((file) => [image.read(file), statSync(image.root + file).ino]);
  expect(image.steps()).not.toMatch(/^(written|rewritten|struck|switched)/m);
  expect(files.map((file) => [image.read(file), statSync(image.root + file).ino])).toEqual(first);
});

test('another index replaces the previous one', () => {
  const image = indexed(inputsWith(PIP));
  image.steps();
  const other = indexed(inputsWith({ pip: 'https://other.corp.example/simple' }), {
    '/etc/pip.conf': image.read('/etc/pip.conf') ?? '',
  });
  other.steps();
  expect(other.read('/etc/pip.conf')).toBe(
    '[global]\n# bake indexes begin\nindex-url = https://other.corp.example/simple\n# bake indexes end\n',
  );
});

describe('pip', () => {
  test('gets its index below [global], and the file keeps its other settings', () => {
    const image = indexed(inputsWith(PIP), {
      '/etc/pip.conf': '# site\n[install]\nno-compile = yes\n[global]\n    timeout = 60\n    retries = 2\n',
    });
    image.steps();
    expect(image.read('/etc/pip.conf')).toBe(
      '# site\n[install]\nno-compile = yes\n[global]\n    # bake indexes begin\n' +
        '    index-url = https://mirror.corp.example/pypi/simple\n    # bake indexes end\n' +
        '    timeout = 60\n    retries = 2\n',
    );
  });

  test('has no other index at any level; files keep line endings and modes but lose logins', () => {
    const leftover =
      '[global]\r\nExtra_Index-URL:\r\n  https://me:secret@outside.example/simple\r\n\r\n  b\r\ntimeout=4';
    const levels = [
      '/etc/xdg/pip/pip.conf',
      '/root/.pip/pip.conf',
      '/root/.config/pip/pip.conf',
      '/home/ec2-user/.config/pip/pip.conf',
      '/srv-user/.config/pip/pip.conf',
      VENV,
      '/usr/local/aws/pip.conf',
      '/usr/pip.conf',
      '/opt/conda/pip.conf',
    ];
    const image = indexed(inputsWith(PIP), Object.fromEntries(levels.map((level) => [level, leftover])));
    appendFileSync(path.join(image.root, 'etc/passwd'), `s:x:9:9::${image.root}/srv-user:/bin/bash\n`);
    chmodSync(path.join(image.root, VENV), 0o640);
    expect(image.row('indexes-files').report?.outcome).toBe('failed');
    image.steps();
    for (const level of levels) {
      expect(image.read(level), level).toBe(
        '[global]\r\n#Extra_Index-URL:\r\n#  https://outside.example/simple\r\n\r\n#  b\r\ntimeout=4',
      );
      const original = image.read(`/opt/bakery/originals${image.root}${level}`);
      expect(original, level).toContain('https://outside.example/simple');
      expect(original, level).not.toContain('secret');
    }
    expect(statSync(path.join(image.root, VENV)).mode & 0o777).toBe(0o640);
    expect(image.row('indexes-files').report?.outcome).toBe('passed');
  });

  test.each([
    [
      'an extra index of a user',
      '/root/.config/pip/pip.conf',
      '[global]\nextra-index-url=https://outside.example\n',
    ],
    [
      'one below [install] of a virtual environment',
      VENV,
      '[install]\nfind-links = https://outside.example\n',
    ],
    ['one in our own file', '/etc/pip.conf', '[install]\nindex_url: https://outside.example\n'],
  ])('%s makes its row fail', (_, file, text) => {
    const image = indexed(inputsWith(PIP));
    image.steps();
    expect(image.row('indexes-files').report?.outcome).toBe('passed');
    mkdirSync(path.dirname(image.root + file), { recursive: true });
    appendFileSync(image.root + file, text);
    const { report } = image.row('indexes-files');
    expect(report?.outcome).toBe('failed');
    expect(report?.text).toContain('outside.example');
  });

  test('more files do not start more processes', () => {
    const files = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          `/opt/parallelcluster/pyenv/versions/3.9.${n}/pip.conf`,
          `[global]\nindex-url = https://outside.example/${n}\n`,
        ]),
      );
    const started = (count: number) => indexed(inputsWith(PIP), files(count)).programs('indexes');
    expect(started(120)).toEqual(started(2));
    expect(started(2)).toContain('sed');
    expect(started(2).length).toBeLessThan(15);
  });
});

describe('the environment', () => {
  const files = {
    '/etc/environment': 'PATH=/usr/bin\nPIP_EXTRA_INDEX_URL="https://me:secret@outside.example"\n',
    '/etc/profile.d/site.sh':
      'if true; then\n  export PIP_INDEX_URL=x PIP_FIND_LINKS=y; fi\nMY_PIP_INDEX_URL=kept\n',
  };

  test('has no variable that overrides the files, and its scripts stay valid', () => {
    const image = indexed(inputsWith(PIP), files);
    expect(image.row('indexes-environment').report?.outcome).toBe('failed');
    image.steps();
    expect(image.row('indexes-environment').report?.outcome).toBe('passed');
    const script = image.read('/etc/profile.d/site.sh') ?? '';
    expect(script).toContain('export BAKERY_OFF_PIP_INDEX_URL=x BAKERY_OFF_PIP_FIND_LINKS=y; fi');
    expect(script).toContain('MY_PIP_INDEX_URL=kept');
    expect(
      execFileSync('bash', ['-c', `${script}echo "\${PIP_INDEX_URL-unset}"`], { encoding: 'utf8' }),
    ).toBe('unset\n');
    expect(image.read('/etc/environment')).toContain('PATH=/usr/bin\nBAKERY_OFF_PIP_EXTRA_INDEX_URL=');
    expect(image.read(`/opt/bakery/originals${image.root}/etc/environment`)).not.toContain('secret');
  });

  test('is checked for the configured tools only', () => {
    const image = indexed(inputsWith({ npm: 'https://mirror.corp.example/npm' }), files);
    image.steps();
    expect(image.read('/etc/environment')).toBe(files['/etc/environment']);
  });
});

describe('uv', () => {
  const uv = { uv: 'https://mirror.corp.example/pypi/simple' };

  test('has one index even if it reads a file below /etc/xdg instead', () => {
    const image = indexed(inputsWith(uv), {
      '/etc/xdg/uv/uv.toml':
        'index-url = "https://outside.example"\nextra-index-url = [\n  "https://a", # ]\n  "https://b",\n]\ncache-dir = "/x"\n' +
        '[[index]]\nname = "o"\nurl = "https://outside.example"\n\n[pip]\nfind-links = ["https://c"]\nno-build = true\n',
    });
    image.steps();
    const ours =
      '# bake indexes begin\nnative-tls = true\n' +
      'index = [{ url = "https://mirror.corp.example/pypi/simple", default = true }]\n# bake indexes end\n';
    expect(image.read('/etc/uv/uv.toml')).toBe(ours);
    expect(image.read('/etc/xdg/uv/uv.toml')).toBe(
      '#index-url = "https://outside.example"\n#extra-index-url = [\n#  "https://a", # ]\n#  "https://b",\n#]\n' +
        `${ours}cache-dir = "/x"\n#[[index]]\n#name = "o"\n#url = "https://outside.example"\n\n` +
        '[pip]\n#find-links = ["https://c"]\nno-build = true\n',
    );
    expect(image.row('index-uv').report?.outcome).toBe('passed');
  });

  test('fails its row without its file', () => {
    const image = indexed(inputsWith(uv));
    image.steps();
    rmSync(path.join(image.root, 'etc/uv/uv.toml'));
    expect(image.row('index-uv').report?.outcome).toBe('failed');
    expect(image.row('indexes-files').report?.outcome).toBe('failed');
  });
});

describe('conda', () => {
  const conda = { conda: { url: 'https://mirror.corp.example/conda', channels: ['conda-forge'] } };

  test('has the channel alias and default channels, and no channel in its own roots', () => {
    const image = indexed(inputsWith(conda), {
      '/opt/conda/.condarc': 'channels:\n- defaults\n- https://outside.example/x\nauto_update_conda: false\n',
      '/root/.condarc':
        '---\nchannel_alias: https://outside.example # here\n"ssl_verify": false\nenvs_dirs: [/x]\n',
    });
    image.steps();
    expect(image.read('/opt/conda/.condarc')).toBe(
      '#channels:\n#- defaults\n#- https://outside.example/x\nauto_update_conda: false\n',
    );
    expect(image.read('/root/.condarc')).toBe(
      '---\n#channel_alias: https://outside.example # here\n#"ssl_verify": false\nenvs_dirs: [/x]\n',
    );
    expect(image.read('/etc/conda/.condarc')).toContain(
      'channel_alias: https://mirror.corp.example/conda\ndefault_channels:\n  - https://mirror.corp.example/conda/conda-forge\n',
    );
    expect(image.row('indexes-files').report?.outcome).toBe('passed');
    appendFileSync(
      path.join(image.root, 'root/.condarc'),
      'custom_channels:\n  x: https://outside.example\n',
    );
    expect(image.row('indexes-files').report?.outcome).toBe('failed');
  });

  test('keeps the bundle that the trust step sets, which is the same value', () => {
    const image = indexed(inputsWith(conda));
    const file = '/etc/conda/condarc.d/bakery-trust.yml';
    const text = `ssl_verify: ${image.root}/etc/ssl/certs/ca-certificates.crt\n`;
    mkdirSync(path.dirname(image.root + file), { recursive: true });
    writeFileSync(image.root + file, text);
    image.steps();
    expect(image.read(file)).toBe('ssl_verify: /etc/ssl/certs/ca-certificates.crt\n');
    expect(image.row('indexes-files').report?.outcome).toBe('passed');
    writeFileSync(image.root + file, 'ssl_verify: false\n');
    expect(image.row('indexes-files').report?.outcome).toBe('failed');
  });

  test('refuses a file with everything on one line, and does not change it', () => {
    const files = { '/root/.condarc': '{channels: [https://outside.example]}\n' };
    const image = indexed(inputsWith(conda), files);
    const ran = image.step('indexes');
    expect(ran.report?.outcome).toBe('failed');
    expect(ran.output).toContain('/root/.condarc: cannot be changed line by line');
    expect(image.read('/root/.condarc')).toBe(files['/root/.condarc']);
    expect(image.read('/etc/conda/.condarc')).toBeUndefined();
  });
});

test('npm is configured at every prefix, and no scope bypasses the registry', () => {
  const image = indexed(inputsWith({ npm: 'https://mirror.corp.example/npm' }), {
    '/opt/node/bin/npm': '',
    '/root/.npmrc': 'registry = https://outside.example\n@corp:registry=https://b.example\nfund=false\n',
  });
  image.steps();
  for (const file of ['/usr/local/etc/npmrc', '/usr/etc/npmrc', '/etc/npmrc', '/opt/node/etc/npmrc'])
    expect(image.read(file), file).toContain(
      'registry=https://mirror.corp.example/npm/\ncafile=/etc/ssl/certs/ca-certificates.crt\n',
    );
  expect(image.read('/root/.npmrc')).toBe(
    '#registry = https://outside.example\n#@corp:registry=https://b.example\nfund=false\n',
  );
  writeFileSync(path.join(image.root, 'root/.npmrc'), '@corp:registry=https://b.example\n');
  expect(image.row('indexes-files').report?.outcome).toBe('failed');
});

test('R gets the repository at the end of every Rprofile.site', () => {
  const image = indexed(inputsWith({ cran: 'https://mirror.corp.example/cran' }), {
    '/opt/R/4.3.1/lib/R/etc/Rprofile.site': 'options(repos = c(X = "https://outside.example"))\n',
    '/usr/lib/R/etc/Renviron': '',
  });
  image.steps();
  const ours =
    '# bake indexes begin\noptions(repos = c(CRAN = "https://mirror.corp.example/cran"))\n# bake indexes end\n';
  expect(image.read('/opt/R/4.3.1/lib/R/etc/Rprofile.site')).toBe(
    `options(repos = c(X = "https://outside.example"))\n${ours}`,
  );
  expect(image.read('/usr/lib/R/etc/Rprofile.site')).toBe(ours);
  expect(image.read('/etc/R/Rprofile.site')).toBeUndefined();
  expect(image.row('index-cran').report?.outcome).toBe('passed');
  writeFileSync(path.join(image.root, 'usr/lib/R/etc/Rprofile.site'), '');
  expect(image.row('index-cran').report?.outcome).toBe('failed');
});

test("Spack's site scope names no mirror, and the system scope replaces the defaults", () => {
  const image = indexed(inputsWith({ spack: 'https://mirror.corp.example/spack' }), {
    '/opt/spack/etc/spack/mirrors.yaml': 'mirrors:\n  aws-pcluster: https://outside.example\n',
  });
  image.steps();
  expect(image.read('/opt/spack/etc/spack/mirrors.yaml')).toBe(
    '#mirrors:\n#  aws-pcluster: https://outside.example\n',
  );
  expect(image.read('/etc/spack/mirrors.yaml')).toContain(
    'mirrors::\n  bakery: https://mirror.corp.example/spack\n',
  );
});

describe('git', () => {
  const git = { git: { 'github.com': 'https://git.corp.example/github' } };

  test('uses the mirror for all three forms; /etc/gitconfig keeps its other settings', () => {
    const image = indexed(inputsWith(git), {
      '/etc/gitconfig':
        '[core]\n\tautocrlf = input\n[url "https://outside.example/"]\n\tinsteadOf = https://github.com/big/\n',
      '/root/.gitconfig':
        '[url "git@outside.example:"]\n  insteadOf = "git@github.com:x/"\n[user]\n  name = N\n',
    });
    image.steps();
    expect(image.read('/root/.gitconfig')).toBe(
      '[url "git@outside.example:"]\n#  insteadOf = "git@github.com:x/"\n[user]\n  name = N\n',
    );
    const ask = (url: string) =>
      execFileSync('git', ['ls-remote', '--get-url', url], {
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'],
          GIT_CONFIG_SYSTEM: path.join(image.root, 'etc/gitconfig'),
          HOME: path.join(image.root, 'root'),
        },
        cwd: image.root,
      }).trim();
    for (const url of ['https://github.com/big/x', 'git@github.com:big/x', 'ssh://git@github.com/big/x'])
      expect(ask(url), url).toBe('https://git.corp.example/github/big/x');
    expect(ask('https://gitlab.com/x')).toBe('https://gitlab.com/x');
    expect(image.read('/etc/gitconfig')).toMatch(/^\[core\]\n\tautocrlf = input\n/);
  });

  test('refuses a line that contains both a section and a rule', () => {
    const image = indexed(inputsWith(git), {
      '/root/.gitconfig': '[url "https://o.example/"] insteadOf = https://github.com/\n',
    });
    expect(image.step('indexes').output).toContain('cannot be changed line by line');
  });
});

describe('containers', () => {
  const containers = {
    containers: { 'docker.io': 'hub.corp.example', 'quay.io': 'r.corp.example:5000/quay' },
  };

  test('podman gets another location, and containerd does not fall back to a public server', () => {
    const image = indexed(inputsWith(containers));
    image.steps();
    const podman = image.read('/etc/containers/registries.conf.d/zz-bakery.conf');
    expect(podman).toContain('prefix = "quay.io"\nlocation = "r.corp.example:5000/quay"');
    expect(podman).not.toContain('registry.mirror');
    expect(image.read('/etc/containerd/certs.d/quay.io/hosts.toml')).toContain(
      'server = "https://r.corp.example:5000/v2/quay"\noverride_path = true',
    );
  });

  test('a mirror of docker.io with a path is not configured for docker, which would not start', () => {
    const { steps } = indexesPart(inputsWith({ containers: { 'docker.io': 'r.corp.example/hub' } }));
    expect(steps.map(({ id }) => id)).not.toContain('index-docker');
  });

  const daemon = '/etc/docker/daemon.json';
  test.each([
    ['no file', undefined],
    ['an empty object', '{ }\n'],
  ])('docker, %s', (_, text) => {
    const image = indexed(inputsWith(containers), text === undefined ? {} : { [daemon]: text });
    image.steps();
    expect(JSON.parse(image.read(daemon) ?? '')).toEqual({
      'registry-mirrors': ['https://hub.corp.example'],
    });
    expect(image.row('index-docker').report?.outcome).toBe('passed');
  });

  test("docker's own settings are kept, or the step writes nothing and says why", () => {
    const settings = {
      runtimes: { nvidia: { path: 'nvidia-container-runtime' } },
      'registry-mirrors': ['https://o.example'],
    };
    const image = indexed(inputsWith(containers), { [daemon]: JSON.stringify(settings) });
    const ran = image.step('index-docker');
    if (ran.status === 0) {
      expect(JSON.parse(image.read(daemon) ?? '')).toEqual({
        ...settings,
        'registry-mirrors': ['https://hub.corp.example'],
      });
    } else {
      expect(ran.output).toContain('has other settings, and this image has no JSON parser');
      expect(JSON.parse(image.read(daemon) ?? '')).toEqual(settings);
    }
  });
});

describe('values that would change the structure of a file', () => {
  const url = 'https://mirror.corp.example/';
  test.each(hostile)('%j is refused everywhere', (text) => {
    const bad: IndexInputs[] = [
      { pip: url + text },
      { uv: url + text },
      { npm: url + text },
      { cran: url + text },
      { spack: url + text },
      { conda: { url: url + text, channels: ['x'] } },
      { conda: { url, channels: [text] } },
      { git: { [text]: url } },
      { git: { 'github.com': url + text } },
      { containers: { [text]: 'x' } },
      { containers: { 'docker.io': text } },
    ];
    for (const indexes of bad)
      expect(() => indexesPart(inputsWith(indexes)), JSON.stringify(indexes)).toThrow(/expected/);
  });

  test('a login in a URL is refused, and not repeated', () => {
    const call = () => indexesPart(inputsWith({ pip: 'https://me:secret@mirror.corp.example/simple' }));
    expect(call).toThrow(expect.objectContaining({ code: 'MIRROR_CREDENTIALS' }));
    expect(call).not.toThrow(/secret/);
  });
});

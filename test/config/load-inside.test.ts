/** Tests of the keys of bakery.yaml and recipes that decide what is inside an image: indexes, proxy, domain, packages. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBakery, loadRecipe } from '../../src/config/load.ts';
import { engines } from '../../src/engines/index.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import { folderWith } from './folder.ts';

const least = 'version: 1\ntargets: [{ os: alinux2 }]\n';
const mirrors = 'mirrors: { layout: nexus, url: https://mirror.corp.example';
const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf';

async function bakery(text: string) {
  return (
    await loadBakery(join(await folderWith({ 'bakery.yaml': least + text }), 'bakery.yaml'), {}, engines)
  ).value;
}

async function said(loading: Promise<unknown>): Promise<string[]> {
  try {
    await loading;
    return [];
  } catch (error) {
    return errorsOf(error).map(
      ({ code, message, place }) => `${code} ${place.line ?? '-'}:${place.column ?? '-'} ${message}`,
    );
  }
}

async function image(text: string, recipe: string, more: Record<string, string> = {}) {
  const folder = await folderWith({
    'bakery.yaml': least + text,
    'recipes/site.yaml': recipe,
    ...more,
  });
  const selection = { os: ['alinux2'], regions: [], recipe: 'recipes/site.yaml', rebake: false };
  const project = await loadProject(
    join(folder, 'bakery.yaml'),
    selection,
    {},
    new Date('2026-11-21T00:00:00Z'),
  );
  return project.jobs[0]?.image;
}

describe('indexes', () => {
  it('are paths below the mirror or complete URLs', async () => {
    const inside = await image(
      `${mirrors}/, pip: /pypi/simple/, uv: "https://pypi.corp.example/simple", git: { github.com: /git/github },
  conda: { url: /conda }, containers: { docker.io: "mirror.corp.example:5000/hub" } }\n`,
      'steps: [mirrors]\n',
    );
    expect(inside?.indexes).toEqual({
      pip: 'https://mirror.corp.example/pypi/simple',
      uv: 'https://pypi.corp.example/simple',
      npm: undefined,
      cran: undefined,
      spack: undefined,
      conda: { url: 'https://mirror.corp.example/conda', channels: ['conda-forge'] },
      git: { 'github.com': 'https://mirror.corp.example/git/github' },
      containers: { 'docker.io': 'mirror.corp.example:5000/hub' },
    });
    expect(inside?.handshake).toBe('https://mirror.corp.example');
  });

  it.each([
    ['pip: simple', 'CONFIG_VALUE'],
    ['pip: http://mirror.corp.example/simple', 'CONFIG_VALUE'],
    ['pip: "https://user:word@mirror.corp.example/simple"', 'MIRROR_CREDENTIALS'],
    ['npm: "https://mirror.corp.example/a b"', 'CONFIG_VALUE'],
    ['conda: { url: /conda, channels: [] }', 'CONFIG_VALUE'],
    ['git: { "https://github.com": /git }', 'CONFIG_VALUE'],
    ['git: { github.com: "https://bob@git.corp.example/" }', 'MIRROR_CREDENTIALS'],
    ['containers: { docker.io: "https://mirror.corp.example" }', 'CONFIG_VALUE'],
    ['rubygems: /gems', 'CONFIG_KEY_UNKNOWN'],
    ['repos: { epel: { path: "https://u:p@other.corp.example/epel" } }', 'MIRROR_CREDENTIALS'],
  ])('%s is %s, at its place', async (text, code) => {
    const found = await said(bakery(`${mirrors}, ${text} }\n`));
    expect(found.filter((line) => line.startsWith(`${code} 3:`))).not.toEqual([]);
  });

  it('prints no password in an error', async () => {
    const found = await said(bakery(`${mirrors}, pip: "https://user:hunter2@mirror.corp.example/s" }\n`));
    expect(found.join('\n')).not.toContain('hunter2');
  });
});

describe('proxy', () => {
  const proxy = (wanted: string) => bakery(`proxy: { https: "http://proxy.corp.example:3128"${wanted} }\n`);

  it('applies to tools and repositories by name', async () => {
    const inside = await image(
      'proxy: { https: "http://proxy.corp.example:3128/", for: [git, epel], noProxy: [.corp.example] }\n',
      'steps: [mirrors]\n',
    );
    expect(inside?.proxy).toEqual({
      url: 'http://proxy.corp.example:3128',
      tools: ['git'],
      repos: ['epel'],
      noProxy: ['.corp.example'],
    });
  });

  it.each(['', ', for: []', ', for: all', ', for: ["*"]', ', for: [git, dnf]', ', for: [apt]'])(
    'for everything is refused with the reason ("%s")',
    async (wanted) => {
      const found = await said(proxy(wanted));
      expect(found.some((line) => line.startsWith('PROXY_GLOBAL 3:'))).toBe(true);
    },
  );

  it('refuses a login', async () => {
    const found = await said(bakery('proxy: { https: "http://u:p@proxy.corp.example:3128", for: [git] }\n'));
    expect(found.some((line) => line.startsWith('MIRROR_CREDENTIALS 3:'))).toBe(true);
  });
});

describe('packages and first boot', () => {
  it('are read with their files and the paths of assets', async () => {
    const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const inside = await image(
      `assets: assets.yaml\ndomain: { name: corp.example, join: { secret: "${secret}" } }\n`,
      `steps:
  - assets
  - packages:
      install: [htop, { asset: tool }, { installer: tool, arguments: [--silent, "{answers}"], answers: a.txt, creates: /opt/x }]
      upgrade: security
  - firstBoot: [joinDomain, { script: b.sh }]
`,
      {
        'assets.yaml': `version: 1\nassets: [{ name: tool, file: t.rpm, sha256: ${digest}, path: /opt/site/t.rpm, mode: "0755" }]\n`,
        't.rpm': '',
        'a.txt': 'yes\n',
        'b.sh': 'true\n',
      },
    );
    expect(inside?.domain).toMatchObject({ name: 'corp.example', dns: [], secret });
    expect(inside?.recipe.slice(1)).toEqual([
      {
        packages: {
          install: [
            { name: 'htop' },
            { asset: 'tool', path: '/opt/site/t.rpm' },
            {
              installer: 'tool',
              path: '/opt/site/t.rpm',
              arguments: ['--silent', '{answers}'],
              answers: 'yes\n',
              creates: '/opt/x',
            },
          ],
          remove: [],
          upgrade: 'security',
          hold: [],
          holds: 'keep',
          mix: 'refuse',
        },
      },
      { firstBoot: [{ use: 'joinDomain' }, { script: { name: 'b.sh', text: 'true\n' } }] },
    ]);
  });

  it('reports joinDomain without a domain, and a package file that is not an asset, with their places', async () => {
    const found = await said(
      image(
        '',
        'steps:\n  - firstBoot: [joinDomain]\n  - assets\n  - packages: { install: [{ asset: tool }] }\n',
      ),
    );
    expect(found).toEqual([
      'CONFIG_VALUE 2:17 domain: expected a domain in bakery.yaml, for the first-boot step joinDomain, found nothing',
      'CONFIG_VALUE 4:27 packages.install: expected an asset of assets.yaml (it lists none), found tool',
    ]);
  });

  it.each([
    ['{ packages: { instal: [htop] } }', 'CONFIG_KEY_UNKNOWN'],
    ['{ packages: { upgrade: some } }', 'CONFIG_CHOICE'],
    ['{ packages: { install: ["htop; reboot"] } }', 'CONFIG_VALUE'],
    ['{ packages: { install: [-y] } }', 'CONFIG_VALUE'],
    ['{ packages: { install: [{ asset: x }] } }', 'CONFIG_VALUE'],
    ['{ firstBoot: [] }', 'CONFIG_VALUE'],
    ['{ firstBoot: [joinDomian] }', 'CONFIG_VALUE'],
  ])('%s is %s', async (step, code) => {
    const folder = await folderWith({ 'r.yaml': `steps:\n  - ${step}\n` });
    const found = await said(loadRecipe(join(folder, 'r.yaml')));
    expect(found.filter((line) => line.startsWith(`${code} 2:`))).toHaveLength(1);
  });
});

it.each(['password: secret', 'join: { password: x }', 'join: { secret: hunter2 }'])(
  'a domain holds no secret itself (%s)',
  async (text) => {
    const more = text.startsWith('join') ? '' : `, join: { secret: "${secret}" }`;
    expect(await said(bakery(`domain: { name: corp.example, ${text}${more} }\n`))).not.toEqual([]);
  },
);

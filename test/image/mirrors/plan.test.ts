/** Tests the plan of mirrors: which servers an image contacts, through which proxy, and which settings are refused. */
import { describe, expect, test } from 'vitest';
import { originsOf } from '../../../src/image/mirrors/origins.ts';
import { planMirrors } from '../../../src/image/mirrors/plan.ts';
import { preflightPart } from '../../../src/image/mirrors/preflight.ts';
import { mirrorsOf, plain } from '../support/mirrored.ts';

const PROXY = 'http://proxy.corp.example:3128';
const keyOf = (text: string) => ({ name: 'k.asc', content: Buffer.from(text, 'latin1').toString('base64') });
/** The first bytes of a binary OpenPGP public key. */
const KEY = '\u0098KEY';

describe('the servers', () => {
  const indexes = {
    pip: 'https://mirror.corp.example/pypi/simple',
    npm: 'https://npm.corp.example:8443/registry',
    git: { 'github.com': 'https://git.corp.example/github' },
    containers: { 'docker.io': 'registry.corp.example:5000/hub' },
  };

  test('are those of packages, indexes, git and containers, each listed once', () => {
    const inputs = { ...mirrorsOf('ubuntu2204', { repos: { ubuntu: { enabled: false } } }), indexes };
    expect(originsOf(inputs)).toEqual([
      {
        url: 'https://mirror.corp.example/',
        via: undefined,
        uses: ['ubuntu-security', 'ubuntu-ports', 'fsxlustreclientrepo', 'pip'],
      },
      { url: 'https://npm.corp.example:8443/', via: undefined, uses: ['npm'] },
      { url: 'https://git.corp.example/', via: undefined, uses: ['git github.com'] },
      { url: 'https://registry.corp.example:5000/', via: undefined, uses: ['containers docker.io'] },
    ]);
  });

  test('are listed twice if they are reached both directly and through the proxy', () => {
    const proxy = { url: PROXY, tools: ['git' as const], repos: ['epel'], noProxy: [] };
    const ways = originsOf({ ...mirrorsOf('rocky9', { proxy }), indexes }).map(({ url, via, uses }) => [
      url,
      via,
      uses.length,
    ]);
    expect(ways).toEqual([
      ['https://mirror.corp.example/', undefined, 7],
      ['https://mirror.corp.example/', PROXY, 1],
      ['https://npm.corp.example:8443/', undefined, 1],
      ['https://git.corp.example/', PROXY, 1],
      ['https://registry.corp.example:5000/', undefined, 1],
    ]);
  });

  test('are none if the recipe does not use the mirrors', () => {
    const inputs = { ...mirrorsOf('rocky9'), recipe: [] };
    expect(originsOf(inputs)).toEqual([]);
    expect(preflightPart(inputs)).toEqual({ steps: [], rows: [] });
  });
});

describe('a mirror that signs repositories itself', () => {
  const ubuntu = mirrorsOf('ubuntu2204').os;

  test('needs its key', () => {
    expect(() => planMirrors(ubuntu, { ...plain, layout: 'aptly' })).toThrow(
      /repos\.ubuntu\.gpgKey.*signs repositories with its own key/,
    );
  });

  test('uses the only configured key for every repository', () => {
    const repos = { ubuntu: { gpgKey: keyOf(KEY) } };
    const { repositories } = planMirrors(ubuntu, { ...plain, layout: 'aptly', repos });
    expect(new Set(repositories.map(({ key }) => key?.path))).toEqual(
      new Set(['/usr/share/keyrings/bakery-ubuntu.gpg']),
    );
  });

  test('needs no key on the dnf family, where each section names its key', () => {
    expect(() => planMirrors(mirrorsOf('rocky9').os, { ...plain, layout: 'aptly' })).not.toThrow();
  });
});

describe('a key', () => {
  const rocky9 = mirrorsOf('rocky9').os;
  test.each([
    ['is empty', ''],
    ['holds a private key', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n'],
    ['holds a private key', '-----BEGIN RSA PRIVATE KEY-----\n'],
    ['is a web page', '<!DOCTYPE html><title>Sign in</title>'],
    ['is neither a PGP PUBLIC KEY BLOCK', '-----BEGIN CERTIFICATE-----\n'],
  ])('that %s is refused', (reason, text) => {
    const plan = () => planMirrors(rocky9, { ...plain, repos: { epel: { gpgKey: keyOf(text) } } });
    expect(plan).toThrow(new RegExp(`repos\\.epel\\.gpgKey: k\\.asc ${reason}`));
  });

  test('of several repositories is one file', () => {
    const repos = { epel: { gpgKey: keyOf(KEY) }, crb: { gpgKey: keyOf(KEY) } };
    const paths = planMirrors(rocky9, { ...plain, repos }).repositories.map(({ key }) => key?.path);
    expect(new Set(paths)).toEqual(new Set([undefined, '/etc/pki/rpm-gpg/bakery-crb']));
  });
});

describe('a proxy', () => {
  const proxy = (...repos: string[]) => ({ url: PROXY, tools: [], repos, noProxy: [] });
  test('for a repository that no OS has is refused; for one of another OS it is ignored', () => {
    const { os } = mirrorsOf('rocky9');
    expect(() => planMirrors(os, plain, proxy('eple'))).toThrow(/proxy\.for.*epel.*found eple/);
    const { repositories } = planMirrors(os, plain, proxy('ubuntu', 'epel'));
    expect(repositories.filter(({ proxied }) => proxied).map(({ id }) => id)).toEqual(['epel']);
  });
});

test('layout custom switches off topics that bakery.yaml does not name', () => {
  const { os } = mirrorsOf('alinux2');
  const repos = Object.fromEntries(
    os.repositories.filter(({ id }) => !id.endsWith('*')).map(({ id }) => [id, { path: `/${id}` }]),
  );
  const { repositories } = planMirrors(os, { ...plain, layout: 'custom', repos });
  expect(repositories.map(({ id }) => id)).not.toContain('amzn2extra-*');
});

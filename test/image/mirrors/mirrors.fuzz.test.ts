/**
 * Tests random repository files: after the step no URL outside the mirror is active, and other settings are unchanged.
 * One run of the step changes hundreds of files; an independent parser checks each of them (support/repo-oracle.ts).
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { mirrorsPart } from '../../../src/image/mirrors/mirrors.ts';
import { renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { mirrorsOf, type Wish } from '../support/mirrored.ts';
import { parseDeb822, parseIni, parseOneLine, type Section } from '../support/repo-oracle.ts';
import { fuzzSeed } from '../../support/seed.ts';
import { runIn } from '../support/sandboxed.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
/** Number of files in one run of the step. */
const BATCH = 500;
const MIRROR = 'https://mirror.corp.example/';
const PROXY = 'http://proxy.corp.example:3128';
/** In memory if possible: there are thousands of files. */
const root = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bake-root-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const wish: Wish = { proxy: { url: PROXY, tools: [], repos: ['crb'], noProxy: [] } };

function stepOf(os: string): string {
  const draft = mirrorsPart(mirrorsOf(os, wish)).steps.find(({ id }) => id === 'mirrors');
  if (!draft) throw new Error(os);
  // The test is about texts, so it does not wait for the disk a thousand times.
  return renderStep(draft, packagedTemplates()).script.replace(/^( *)sync .*$/gm, '$1true');
}

/** Runs the step twice over all files at once and returns their new texts. */
function rewriteAll(script: string, folder: string, ending: string, texts: string[]): string[] {
  const file = (index: number) => path.join(root, folder, `f${index}.${ending}`);
  for (const old of ['etc', 'opt']) rmSync(path.join(root, old), { recursive: true, force: true });
  mkdirSync(path.join(root, folder), { recursive: true });
  texts.forEach((text, index) => writeFileSync(file(index), text));
  const results = [0, 1].map(() => {
    const { status, output } = runIn(root, script);
    if (status !== 0) throw new Error(output.slice(-2000));
    return texts.map((_, index) => readFileSync(file(index), 'utf8'));
  });
  const [once = [], twice = []] = results;
  const moved = once.findIndex((text, index) => text !== twice[index]);
  if (moved >= 0)
    expect({ file: texts[moved], text: twice[moved] }).toEqual({ file: texts[moved], text: once[moved] });
  return once;
}

/** A failure prints its seed; FUZZ_SEED generates the same files again (test/support/fuzz-seed.ts). */
function fuzz(
  os: string,
  { folder, ending, lines }: { folder: string; ending: string; lines: fc.Arbitrary<string> },
  judge: (before: string, after: string) => void,
): void {
  const script = stepOf(os);
  const file = fc
    .tuple(fc.array(lines, { maxLength: 14 }), fc.constantFrom('\n', '\n', '\n', ''))
    .map(([all, end]) => all.join('\n') + end);
  for (let done = 0; done < RUNS; done += BATCH) {
    const seed = fuzzSeed + done;
    const texts = fc.sample(file, { seed, numRuns: Math.min(BATCH, RUNS - done) });
    const after = rewriteAll(script, folder, ending, texts);
    texts.forEach((text, index) => {
      const now = after[index] ?? '';
      try {
        judge(withoutLogins(text), now);
      } catch (error) {
        const both = `before ${JSON.stringify(text)}\nafter  ${JSON.stringify(now)}`;
        throw new Error(`${(error as Error).message} (FUZZ_SEED=${seed})\n${both}`, { cause: error });
      }
    });
  }
}

// ── generators of files

const url = fc.constantFrom(
  'https://dl.example.org/a/$releasever/$basearch/',
  'http://mirrors.example.net/x?arch=$basearch&repo=y',
  'https://me:secret@packages.example.net/el9',
  'https://a:b@c@packages.example.net/p@th',
  'ftp://ftp.example.org/pub',
  'http://us-east-1.ec2.archive.ubuntu.com/ubuntu/',
  'http://security.ubuntu.com/ubuntu',
  'https://mirror.corp.example/artifactory/ubuntu',
  'https://mirror.corp.example.evil.org/ubuntu',
  'HTTP://ARCHIVE.UBUNTU.COM/ubuntu',
  'mirror+file:/etc/apt/mirrors.txt',
  'file:///etc/pki/rpm-gpg/RPM-GPG-KEY-x',
  'file:/opt/site/debs',
  'cdrom:[Ubuntu 22.04]/',
  '$proto://$host/$releasever',
  '',
);
const space = fc.constantFrom('', ' ', '\t', '  ', ' \t', '\r');
const noise = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\n\0]/g, ' ')),
  fc.string({ unit: fc.constantFrom(...Array.from('[]#;=: \t\\"\'$%&*.|^/@-+r\r\v\f')), maxLength: 12 }),
);
const comment = fc
  .tuple(fc.constantFrom('#', ';', '# ', '##', ' #', '\t;'), fc.oneof(url, noise))
  .map((x) => x.join(''));
const id = fc.constantFrom(
  'baseos',
  'crb',
  'epel',
  'main',
  'third-party',
  'MAIN',
  ' x ',
  'a b',
  'amzn2extra-x',
  '*',
  'é',
);
const key = fc.constantFrom(
  'baseurl',
  'baseurl',
  'mirrorlist',
  'metalink',
  'gpgkey',
  'enabled',
  'gpgcheck',
  'name',
  'priority',
  'proxy',
  'BaseURL',
  'MirrorList',
  'sslcacert',
  'sslverify',
  'username',
  'password',
  'proxy_password',
  'include',
  'countme',
);
const value = fc.oneof(
  fc.array(url, { maxLength: 3 }).map((urls) => urls.join(' ')),
  fc.array(url, { maxLength: 3 }).map((urls) => urls.join(', ')),
  fc.constantFrom('0', '1', 'yes', 'no', '_none_', ''),
  noise,
);
const iniLine = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(key, space, fc.constantFrom('=', '=', ':'), space, value, space)
      .map((x) => x.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(id, space, fc.constantFrom('', ' ', ' # x'))
      .map(([name, , end]) => `[${name}]${end}`),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(' ', '\t', '    '), value).map((x) => x.join('')) },
  { weight: 1, arbitrary: comment },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\t', '\r') },
  { weight: 1, arbitrary: noise },
);

const oneLine = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        space,
        fc.constantFrom('deb', 'deb', 'deb-src', 'rpm', '"deb"', 'Deb'),
        fc.constantFrom(' ', '\t', '  ', ''),
        fc.constantFrom(
          '',
          '',
          '[arch=amd64] ',
          '[ signed-by=/a.gpg  arch=arm64 ]',
          '[trusted=yes',
          '[a#b] ',
          '[] ',
        ),
        url,
        fc.constantFrom(' jammy main', '\tjammy main # x', ' ./', '', ' jammy main\r', '#x'),
      )
      .map((x) => x.join('')),
  },
  { weight: 1, arbitrary: comment },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '\t', '\r') },
  { weight: 1, arbitrary: noise },
);

const field = fc.constantFrom(
  'URIs',
  'URIs',
  'uris',
  'URIS ',
  'Types',
  'Suites',
  'Components',
  'Enabled',
  'enabled',
  'Signed-By',
  'Trusted',
);
const deb822Line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(field, fc.constantFrom(':', ': ', ':\t'), value).map((x) => x.join('')) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(' ', '\t'), value).map((x) => x.join('')) },
  { weight: 2, arbitrary: fc.constantFrom('', '', '\r', ' ', '\t ') },
  { weight: 1, arbitrary: comment },
  { weight: 1, arbitrary: noise },
);

// ── checks of each file

const LOGIN = /:\/\/[^/ \t\n]*@/;
const SECRET = /^[ \t\r\f\v]*[#;]*[ \t]*(proxy_)?(username|password)[ \t\r\f\v]*[=:]/;
const without = (line: string) => {
  let left = line;
  while (LOGIN.test(left)) left = left.replace(LOGIN, '://');
  return left;
};

const withoutLogins = (text: string) => text.split('\n').map(without).join('\n');

/** The first item that `within` does not contain in this order; other items may be between them. */
function inOrder(all: readonly string[], within: readonly string[]): string | undefined {
  let at = 0;
  return all.find((one) => {
    const found = within.indexOf(one, at);
    at = found + 1;
    return found < 0;
  });
}

const TOUCHED =
  /^(baseurl|mirrorlist|metalink|gpgkey|enabled|proxy|include|report_instanceid|sslverify|sslcacert|sslclientcert|sslclientkey|(proxy_)?(username|password))$/;
const KNOWN = new Set(['baseos', 'appstream', 'crb', 'extras', 'epel', 'epel-cisco-openh264', 'aws-fsx']);

function untouched({ id: name, options }: Section): string[] {
  return options
    .filter((option) => !TOUCHED.test(option.key))
    .filter((option) => name !== '' || option.key !== '')
    .map((option) => `${option.key}=${option.values.join('|')}`);
}

function judgeIni(before: string, after: string): void {
  expect(LOGIN.test(after), 'no login').toBe(false);
  expect(
    after.split('\n').some((line) => SECRET.test(line)),
    'no password',
  ).toBe(false);
  const comments = before.split('\n').filter((line) => /^[ \t\r\f\v]*[#;]/.test(line) && !SECRET.test(line));
  expect(inOrder(comments, after.split('\n')), 'comments stay').toBe(undefined);
  const was = parseIni(before);
  const is = parseIni(after);
  expect(
    is.map((section) => section.id),
    'ids stay',
  ).toEqual(was.map((section) => section.id));
  expect(is.map(untouched), 'the rest stays').toEqual(was.map(untouched));
  for (const strict of [false, true]) {
    for (const section of parseIni(after, strict)) judgeSection(section);
  }
  is.forEach((section, index) => {
    if (section.id === '' || section.id === 'main') return;
    const enabled = (all: Section | undefined) =>
      all?.options.filter((option) => option.key === 'enabled').map((option) => option.values.join('|'));
    if (KNOWN.has(section.id)) expect(enabled(section), 'switches stay').toEqual(enabled(was[index]));
    else expect(enabled(section), 'off').toEqual(['0']);
    const urls = section.options.filter((option) => option.key === 'baseurl');
    expect(urls.length, 'one baseurl').toBe(1);
    const proxies = section.options.filter((option) => option.key === 'proxy').map((option) => option.values);
    if (section.id === 'crb') expect(proxies, 'its proxy').toEqual([[PROXY]]);
  });
}

function judgeSection(section: Section): void {
  for (const { key: name, values } of section.options) {
    const tokens = values.flatMap((text) => text.split(/[\s,]+/)).filter((token) => token !== '');
    expect(name, 'nothing included').not.toBe('include');
    if (section.id === 'main') continue;
    expect(['mirrorlist', 'metalink'], 'nothing asked first').not.toContain(name);
    if (section.id === '') expect(['baseurl', 'gpgkey'], 'outside').not.toContain(name);
    if (name === 'baseurl')
      expect(
        tokens.filter((at) => !at.startsWith(MIRROR)),
        'elsewhere',
      ).toEqual([]);
    if (name === 'gpgkey')
      expect(
        tokens.filter((at) => !/^(file:|\/)/.test(at)),
        'keys',
      ).toEqual([]);
    if (section.id !== '' && name === 'proxy') {
      expect(['', '_none_', PROXY], 'proxy').toContain(
        values
          .join('')
          .toLowerCase()
          .replace(/^http.*/, PROXY),
      );
    }
  }
}

const FITS = /^(https:\/\/mirror\.corp\.example\/|(file|cdrom|copy):)/;

function judgeOneLine(before: string, after: string): void {
  expect(LOGIN.test(after), 'no login').toBe(false);
  expect(after.split('\n').length, 'lines stay').toBe(
    before.split('\n').length + (/\n$|^$/.test(before) ? 0 : 1),
  );
  const live = parseOneLine(after);
  expect(live.includes(undefined), 'apt reads it').toBe(false);
  expect(
    live.filter((source) => !FITS.test(source?.uri ?? '')),
    'elsewhere',
  ).toEqual([]);
  const comments = before.split('\n').filter((line) => /^[ \t\r\f\v]*#/.test(line));
  expect(inOrder(comments, after.split('\n')), 'comments stay').toBe(undefined);
  // A source that has a mirror stays enabled and keeps its other settings.
  const kept = parseOneLine(before)
    .filter((source) =>
      /^https?:\/\/[a-z0-9.-]*(archive|security)\.ubuntu\.com\/ubuntu\/?$/.test(source?.uri ?? ''),
    )
    .filter((source) => source?.rest !== '');
  const wanted = kept.map((source) => `${source?.type} [${source?.options}] ${source?.rest}`);
  const found = live.map((source) => `${source?.type} [${source?.options}] ${source?.rest}`);
  expect(inOrder(wanted, found), 'stays on').toBe(undefined);
}

function judgeDeb822(before: string, after: string): void {
  expect(LOGIN.test(after), 'no login').toBe(false);
  const was = parseDeb822(before);
  const is = parseDeb822(after);
  for (const { enabled, uris } of is)
    if (enabled)
      expect(
        uris.filter((uri) => !FITS.test(uri)),
        'elsewhere',
      ).toEqual([]);
  expect(
    is.map(({ others }) => others),
    'other fields are unchanged',
  ).toEqual(was.map(({ others }) => others));
  is.forEach(({ enabled }, index) => {
    const known = was[index]?.uris.some((uri) =>
      /^https?:\/\/(us-east-1\.ec2\.archive|security)\.ubuntu\.com\/ubuntu\/?$/.test(uri),
    );
    if (known) expect(enabled, 'stays as it was').toBe(was[index]?.enabled);
    else if (enabled) expect(was[index]?.enabled, 'not switched on').toBe(true);
  });
  const comments = before.split('\n').filter((line) => line.startsWith('#'));
  expect(inOrder(comments, after.split('\n')), 'comments stay').toBe(undefined);
}

test('repository files of yum and dnf', { timeout: 0 }, () => {
  fuzz('rocky9', { folder: 'etc/yum.repos.d', ending: 'repo', lines: iniLine }, judgeIni);
});

test('one-line sources of apt', { timeout: 0 }, () => {
  fuzz('ubuntu2204', { folder: 'etc/apt/sources.list.d', ending: 'list', lines: oneLine }, judgeOneLine);
});

test('deb822 sources of apt', { timeout: 0 }, () => {
  fuzz('ubuntu2404', { folder: 'etc/apt/sources.list.d', ending: 'sources', lines: deb822Line }, judgeDeb822);
});

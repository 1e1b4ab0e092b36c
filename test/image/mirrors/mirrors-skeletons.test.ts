/**
 * Tests the mirrors part with the stock files of every OS: no public URL stays active, rows pass, undo restores all.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSkeleton } from '../../../src/engines/rehearsal/skeleton.ts';
import type { Architecture } from '../../../src/os/os.ts';
import { bakeable, findOs } from '../../../src/os/index.ts';
import { rewriteIn, type Wish } from '../support/mirrored.ts';
import { newRoot } from '../support/sandboxed.ts';

/** Rows that need the package manager or the network; the lab runs them (test/lab/mirrors.test.ts). */
const ELSEWHERE = new Set(['mirrors-effective', 'mirrors-answer', 'mirrors-periodic', 'mirrors-proxy']);

async function stockRoot(id: string, arch: Architecture): Promise<string> {
  const os = findOs(id);
  if (!os) throw new Error(id);
  const root = newRoot();
  for (const entry of await readSkeleton(id, os, { os: id, arch, parallelcluster: '3.15.1' })) {
    const file = path.join(root, entry.path);
    if (!/^etc(\/|$)/.test(entry.path)) continue;
    if (entry.kind === 'folder') mkdirSync(file, { recursive: true });
    if (entry.kind === 'file') writeFileSync(file, entry.content);
    if (entry.kind === 'link' && !entry.target.startsWith('/')) symlinkSync(entry.target, file);
  }
  return root;
}

/** Path → text of every file below a folder; links are not followed. */
function everything(root: string): Record<string, string> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    found
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [
        path.relative(root, file),
        lstatLink(file) ?? readFileSync(file, 'utf8').replaceAll(root, ''),
      ]),
  );
}

function lstatLink(file: string): string | undefined {
  try {
    return `→ ${readlinkSync(file)}`;
  } catch {
    return undefined;
  }
}

/** Hosts of every URL in repository files that is not in a comment. */
function liveHosts(files: Record<string, string>): string[] {
  const hosts = Object.entries(files)
    .filter(([file]) => /^etc\/(yum\.repos\.d|apt\/sources\.list)/.test(file))
    .flatMap(([, text]) => text.split('\n'))
    .filter((line) => !/^\s*[#;]/.test(line))
    .flatMap((line) => [...line.matchAll(/([a-z]+):\/\/([^/\s]*)/gi)].map((match) => match[2] || 'file'));
  return [...new Set(hosts)].sort();
}

/** `enabled` lines of each repository file. */
function switches(files: Record<string, string>): [string, RegExpMatchArray | null][] {
  return Object.entries(files)
    .filter(([file]) => file.startsWith('etc/yum.repos.d/'))
    .map(([file, text]) => [file, text.match(/^enabled *= *[01]$/gm)]);
}

/** Architectures with identical stock files are one case, because the step does not depend on the architecture. */
async function differing(): Promise<[string, Architecture][]> {
  const seen = new Map<string, [string, Architecture]>();
  for (const os of bakeable) {
    for (const arch of findOs(os)?.architectures ?? []) {
      const key = JSON.stringify([os, everything(await stockRoot(os, arch))]);
      if (!seen.has(key)) seen.set(key, [os, arch]);
    }
  }
  return [...seen.values()];
}

describe.each(await differing())('%s %s', (os, arch) => {
  test('only the mirror is active, enabled repositories stay enabled, every row passes, and undo restores all', async () => {
    const stock = await stockRoot(os, arch);
    const before = everything(stock);
    const { root, row, rows, again, undo } = rewriteIn(stock, os);
    const once = everything(root);
    expect(liveHosts(once).filter((host) => host !== 'file')).toEqual(['mirror.corp.example']);
    expect(switches(once)).toEqual(switches(before));
    const reports = rows()
      .filter((id) => !ELSEWHERE.has(id))
      .map((id) => [id, row(id)] as const);
    expect(reports.filter(([, report]) => report?.outcome !== 'passed')).toEqual([]);
    again();
    expect(everything(root)).toEqual(once);
    undo();
    expect(everything(root)).toEqual(before);
    expect(undo()).toBe('');
  });
});

const key = { gpgKey: { name: 'k', content: Buffer.from('\u0098KEY', 'latin1').toString('base64') } };
const wishes: Wish = {
  repos: { epel: { enabled: false, ...key }, ubuntu: key },
  proxy: {
    url: 'http://proxy.corp.example:3128',
    tools: [],
    repos: ['epel', 'baseos', 'ubuntu'],
    noProxy: [],
  },
};

test.each(['rocky9', 'ubuntu2404'])('%s: undo also removes keys and proxies', async (os) => {
  const root = await stockRoot(os, 'x86_64');
  const before = everything(root);
  const { undo } = rewriteIn(root, os, wishes);
  const files = Object.keys(everything(root));
  expect(files.filter((file) => /keyrings\/bakery|rpm-gpg\/bakery/.test(file))).toHaveLength(1);
  undo();
  expect(everything(root)).toEqual(before);
});

test('undo keeps units masked that were masked before', async () => {
  const root = await stockRoot('ubuntu2204', 'x86_64');
  mkdirSync(path.join(root, 'etc/systemd/system'), { recursive: true });
  symlinkSync('/dev/null', path.join(root, 'etc/systemd/system/apt-daily.timer'));
  writeFileSync(path.join(root, 'etc/systemd/system/apt-daily.service'), '[Unit]\nDescription=own\n');
  const before = everything(root);
  const { undo, row } = rewriteIn(root, 'ubuntu2204');
  expect(row('mirrors-units')?.outcome).toBe('passed');
  undo();
  expect(everything(root)).toEqual(before);
});

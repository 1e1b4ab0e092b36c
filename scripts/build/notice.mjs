/** Writes dist/NOTICE: name, version and licence text of every package whose code is in the bundle. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(?:licen[cs]e|copying)(?:[.-].*)?$/i;
const NOTICE_FILE = /^notice(?:\..*)?$/i;

/** @returns the packages that have at least one byte in an output, by esbuild's metafile */
export function bundledPackages(root, metafile) {
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: used }) =>
    Object.entries(used).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = new Set(inputs.flatMap((path) => packageFolder(path) ?? []));
  return [...folders]
    .map((folder) => manifest(join(root, folder)))
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** One text for all packages. Throws for a package without a licence, which must not ship unnoticed. */
export function noticeText(packages) {
  const blocks = packages.map((entry) => {
    const texts = [LICENCE_FILE, NOTICE_FILE].flatMap((pattern) => filesLike(entry.folder, pattern));
    const licence = entry.license ?? entry.licenses?.[0]?.type;
    if (licence === undefined && texts.length === 0) throw new Error(`${entry.name} has no licence`);
    return [
      `${entry.name} ${entry.version} (${licence ?? 'see below'})`,
      '',
      ...texts.map((text) => `${text.trim()}\n`),
    ];
  });
  const rule = `${'-'.repeat(80)}\n`;
  const head = 'ami-bakery contains the code of the following packages, each under its own licence.\n\n';
  return head + blocks.map((lines) => rule + lines.join('\n')).join('\n');
}

function packageFolder(path) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

function manifest(folder) {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { folder, name, version, license, licenses };
}

function filesLike(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

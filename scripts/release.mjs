/**
 * Writes the files of a release into release/, each with its digest beside it: the npm package as a tarball, and bake.mjs,
 * which is all of bake in one file.
 *
 *   node scripts/release.mjs [--out DIR]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: 'release' } } });
const out = resolve(root, values.out);

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', out], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
writeFileSync(join(out, 'bake.mjs'), singleFile(), { mode: 0o755 });
for (const name of readdirSync(out)) {
  const digest = createHash('sha256')
    .update(readFileSync(join(out, name)))
    .digest('hex');
  writeFileSync(join(out, `${name}.sha256`), `${digest}  ${name}\n`);
  process.stdout.write(`${digest}  ${join(values.out, name)}\n`);
}

/** The program that unpacks itself, with the files in its last line. */
function singleFile() {
  const json = JSON.stringify(
    Object.fromEntries(['package.json', 'LICENSE', ...manifest.files].flatMap(packed)),
  );
  const size = Buffer.byteLength(json);
  const bytes = brotliCompressSync(json, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  });
  const digest = createHash('sha256').update(bytes).digest('hex');
  const program = readFileSync(join(root, 'scripts/release/single-file.mjs'), 'utf8')
    .replaceAll('@VERSION@', manifest.version)
    .replaceAll('@DIGEST@', digest);
  return `${program}//${bytes.toString('base64')}`;
}

/** [path, [mode, content]] of a file, or of all files below a folder. */
function packed(name) {
  // The cache is for the Node that built it, and would differ from build to build.
  if (name === 'dist/code-cache' || name === 'dist/meta.json') return [];
  const path = join(root, name);
  if (statSync(path).isDirectory())
    return readdirSync(path)
      .sort()
      .flatMap((one) => packed(`${name}/${one}`));
  const mode = statSync(path).mode & 0o111 ? 0o755 : 0o644;
  return [[name, [mode, readFileSync(path).toString('base64')]]];
}

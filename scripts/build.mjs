/**
 * Builds dist/ from src/cli/bake.ts. `npm ci` runs this (prepare), and so does npm for a git reference. So the build is
 * idempotent (with the same inputs it does nothing), atomic (dist appears whole) and silent.
 *
 *   node scripts/build.mjs [--out DIR] [--no-pure-tables] [--entry FILE]
 *
 * --entry builds another program in the same way (test/bundle and two benchmarks do).
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCodeCache } from './build/code-cache.mjs';
import { inputDigest } from './build/digest.mjs';

const ENTRY = 'src/cli/bake.ts';
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist' },
    'no-pure-tables': { type: 'boolean', default: false },
    entry: { type: 'string', default: ENTRY },
  },
});
const out = resolve(root, values.out);
const isBake = values.entry === ENTRY;
const digest = inputDigest(root, [values['no-pure-tables'] ? 'plain' : 'pure', values.entry].join(' '));

if (!isFresh(out, digest)) {
  // esbuild is loaded only when there is something to do: a fresh dist costs one hash of src/.
  const { bundle } = await import('./build/bundle.mjs');
  await bundle({
    root,
    entry: values.entry,
    out,
    digest,
    pureTables: !values['no-pure-tables'],
    warmUp: isBake,
  });
} else if (isBake) {
  // A fresh dist may have no code cache for this Node.
  makeCodeCache(out);
}

function isFresh(folder, wanted) {
  try {
    return JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')).digest === wanted;
  } catch {
    return false;
  }
}

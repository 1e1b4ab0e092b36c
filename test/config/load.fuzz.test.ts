/** Fuzzes the reader of the configuration: any bytes give a value or errors with places, within a time limit. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadAssets, loadBakery, loadExpect, loadRecipe } from '../../src/config/load.ts';
import { engines } from '../../src/engines/index.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { folderWith } from './folder.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const whole =
  'version: 1\ntargets: [{ os: alinux2, arch: [x86_64] }]\nbuilder: { kms: { us-east-1: alias/x }, tags: { a: b } }\n' +
  'mirrors: { layout: pulp, url: "https://m/x", repos: { epel: { path: /x, enabled: false } } }\n' +
  'trust: { certificates: ["*.pem"] }\nrotate: { paths: ["**/*.yaml"], root: leave }\n';
const scraps = [
  ...'version: 1\n·targets: ·[{ os: alinux2 }]\n·steps: [mirrors, { script: x }]\n·expect: ·assets: '.split(
    '·',
  ),
  ...'mirrors:\n  ·url: https://a:b@c\n·${env:A}·${env:·${env:NOPE}·- ·? ·: ·&a ·*a·<<: *a\n·!x ·{·}·[·]'.split(
    '·',
  ),
  ...'"·|\n·>\n·#·\t·---\n·...\n·\r·\n·  ·\ufeff·\0·__proto__: ·constructor: ·~·null'.split('·'),
  "'",
  whole,
];
const scrap = fc.constantFrom(...scraps);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  fc.array(scrap, { maxLength: 14 }).map((parts) => Buffer.from(parts.join(''))),
  fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }).map((hits) => {
    const copy = Buffer.from(whole);
    for (const [at, byte] of hits) copy[at] = byte;
    return copy;
  }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
);

it('reads any bytes as a file of any kind without a crash', async () => {
  const folder = await folderWith({});
  const file = join(folder, 'x.yaml');
  const loaders = [
    () => loadBakery(file, { A: 'x', B: '\n"' }, engines),
    () => loadRecipe(file),
    () => loadAssets(file),
    () => loadExpect(file),
  ];
  let good = 0;
  await fc.assert(
    fc.asyncProperty(content, fc.nat(loaders.length - 1), async (bytes, kind) => {
      writeFileSync(file, bytes);
      try {
        await loaders[kind]?.();
        good += 1;
      } catch (thrown) {
        for (const { code, place, message } of errorsOf(thrown)) {
          assert.match(code, /^(CONFIG_|MIRROR_CREDENTIALS)/);
          assert.doesNotMatch(message, /undefined|\[object/);
          assert.equal(place.file, file);
          assert.ok(Number(place.line) > 0 && Number(place.column) > 0);
          assert.match(place.excerpt ?? '', /\n[ \t]*\^$/);
        }
      }
    }),
    { numRuns },
  );
  expect(good).toBeGreaterThan(0);
}, 300_000);

/** Tests any pip.conf: after the step it has no index but ours, and keeps its other settings. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { indexesPart } from '../../../src/image/indexes/indexes.ts';
import { renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { inputsWith } from '../support/indexed.ts';
import { readPipConf, type PipOption } from '../support/pip-conf.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const BATCH = 5_000;
const KEYS = ['index-url', 'extra-index-url', 'find-links', 'trusted-host', 'no-index'];
const OURS = 'https://mirror.corp.example/simple';

const work = mkdtempSync(path.join(tmpdir(), 'bake-pip-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

// The awk program of the step itself. The test only replaces how it finds the start of a file and writes a changed
// file, so that one process reads a million files as one stream.
const { steps } = indexesPart(inputsWith({ pip: OURS }));
const script = renderStep(
  steps[0] ?? { id: '', title: '', needs: {}, template: '', context: {} },
  packagedTemplates(),
).script;
const program = /settings\.awk 644 <<'BAKE_AWK'\n(.*?)\nBAKE_AWK/s.exec(script)?.[1] ?? '';
writeFileSync(path.join(work, 'index.awk'), program);
writeFileSync(
  path.join(work, 'change.awk'),
  `function struck(file, text) {}
function change(   i) { print "\\002" name_of; for (i = 1; i <= w; i++) print out[i] }
/^\\002[0-9]+$/ { if (n) work(); n = 0; name_of = substr($0, 2); f = form; k = keys; o = ours; t = target; next }\n`,
);
writeFileSync(path.join(work, 'ours'), `index-url = ${OURS}`);

/** The program's output for each file, as latin1 to keep every byte. */
function rewritten(files: readonly string[], own: boolean): string[] {
  const settings = [
    'form=ini',
    `keys=${KEYS.join(' ')}`,
    `ours=${work}/ours`,
    `target=${own ? '/etc/pip.conf' : ''}`,
  ];
  const options = [
    '-v',
    'none=/none',
    '-v',
    'mark=indexes',
    '-f',
    `${work}/change.awk`,
    '-f',
    `${work}/index.awk`,
  ];
  const stream = files.map((text, index) => `\u0002${index}\n${text}\n`).join('');
  const output = execFileSync('awk', [...options, ...settings, '-'], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    input: Buffer.from(stream, 'latin1'),
    maxBuffer: 2 ** 30,
  }).toString('latin1');
  const results = [...files];
  for (const part of output.split('\u0002').slice(1)) {
    const at = part.indexOf('\n');
    results[Number(part.slice(0, at))] = part.slice(at + 1);
  }
  return results;
}

const space = fc.constantFrom('', ' ', '  ', '\t', '    ', '\u00a0', '\v', '\u2003 ', '\x1f', '\u0085');
const key = fc.oneof(
  { arbitrary: fc.constantFrom(...KEYS), weight: 4 },
  fc.constantFrom(
    'Index_URL',
    '--extra-index-url',
    '__find_links',
    'FIND-LIN\u212aS',
    'timeout',
    'cert',
    'retries',
    'Äxtra',
    '',
  ),
);
const header = fc.constantFrom(
  '[global]',
  '[install]',
  '[DEFAULT]',
  '[global] # x',
  '[a]b]',
  '[]',
  '[',
  '[ global ]',
  '[download]',
);
const line = fc.oneof(
  { arbitrary: fc.tuple(space, key, space, fc.constantFrom('=', ':', ' = ', '', '=='), space, fc.constantFrom('https://u:p@x/', 'a', '', '[b]', 'b = c')).map((parts) => parts.join('')), weight: 6 },
  { arbitrary: fc.tuple(space, header, space).map((parts) => parts.join('')), weight: 2 },
  fc.tuple(space, fc.constantFrom('#', ';', '# index-url = x', 'more', 'more=1', '\ufeff', '# bake indexes begin', '# bake indexes end')).map((parts) => parts.join('')),
  space,
); // prettier-ignore
const sane = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n', '\r')), { maxLength: 12 })
  .map((lines) => Buffer.from(`[global]\n${lines.flat().join('')}`));
const wild = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '')), { maxLength: 8 })
  .map((lines) => Buffer.from(lines.flat().join('')));
const broken = fc
  .tuple(sane, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }))
  .map(([bytes, changes]) => {
    const changed = Buffer.from(bytes);
    for (const [at, value] of changes) changed[at % changed.length] = value;
    return changed;
  });
const file = fc.oneof({ arbitrary: sane, weight: 4 }, wild, broken, fc.uint8Array({ min: 1, maxLength: 40 }));

const others = (options: readonly PipOption[]) => options.filter((option) => !KEYS.includes(option.key));
const ofIndexes = (options: readonly PipOption[]) => options.filter((option) => KEYS.includes(option.key));
const read = (text: string | undefined) => readPipConf(Buffer.from(text ?? '[', 'latin1'));
const OURS_ALONE = [{ section: 'global', key: 'index-url', value: OURS }];

/** What is wrong with the output for a file, or undefined. */
function wrong(text: string, left: string | undefined, own: string | undefined): object | undefined {
  const [before, after, ours] = [read(text), read(left), read(own)];
  // pip refuses the whole file and contacts no index. Otherwise no index setting may be left.
  if (after && ofIndexes(after).length > 0) return { kept: after };
  if (!before) return undefined;
  if (!after || !same(after, others(before))) return { before, after };
  if (text.includes('# bake')) return undefined;
  if (!ours || !same(others(ours), others(before)) || !same(ofIndexes(ours), OURS_ALONE))
    return { before, ours };
  return undefined;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

test(`none of ${RUNS} files keeps another index, and none loses another setting`, () => {
  let readable = 0;
  for (let done = 0; done < RUNS; done += BATCH) {
    const files = fc
      .sample(file, { numRuns: Math.min(BATCH, RUNS - done) })
      .map((bytes) => Buffer.from(bytes).toString('latin1'))
      .filter((text) => text !== '' && !text.includes('\u0002'));
    const [left, own] = [rewritten(files, false), rewritten(files, true)];
    const again = [rewritten(left, false), rewritten(own, true)];
    const found = files.map((text, index) => ({ text, ...wrong(text, left[index], own[index]) }));
    expect(found.filter((one) => Object.keys(one).length > 1)).toEqual([]);
    readable += files.filter((text) => read(text)).length;
    expect(again[0]).toEqual(left);
    // Other options that pip reads must also stay the same in our own file.
    const stable = (list: readonly string[]) =>
      list.filter((_, index) => read(files[index]) && !files[index]?.includes('# bake'));
    expect(stable(again[1] ?? [])).toEqual(stable(own));
  }
  // Enough of the random files must be valid for pip.
  expect(readable).toBeGreaterThan(RUNS / 20);
}, 0);

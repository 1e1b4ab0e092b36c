/** Tests that Debian's shellcheck finds nothing in any rendered script, hostile values included. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { bakeable } from '../../src/os/index.ts';
import { textsOf } from '../../src/render/file.ts';
import { renderPacker } from '../../src/engines/packer/render.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { fullInputs, hostileInputs } from '../image/support/inputs.ts';
import { libraryFiles } from '../image/support/library.ts';
import { packerInput } from '../engines/packer/support/packer-input.ts';

const templates = packagedTemplates();
const missing = spawnSync('shellcheck', ['--version']).error !== undefined;
if (missing && process.env['CI'] === 'true') throw new Error('shellcheck is not installed');

/** Scripts that several OSes share appear once: file name → text. */
function scriptsOf(inputsOf: (os: string) => ImageInputs): [string, string][] {
  const found = new Map<string, string>();
  for (const os of bakeable) {
    const inputs = inputsOf(os);
    for (const { id, script } of [
      ...imageSteps(imageParts(inputs), templates),
      ...verifyRows(imageParts(inputs), templates),
    ]) {
      found.set(whole(script), `${os}-${id}.sh`);
    }
  }
  return [...found].map(([text, name]) => [name, text]);
}

const library = libraryFiles();

/** Puts the files that a script reads into its text: shellcheck checks both together. */
function whole(script: string): string {
  return script.replace(
    /^\. \/opt\/bakery\/lib\/(\S+).*$/gm,
    (line, file: string) => library.get(file) ?? line,
  );
}

/** The library calls `check` by a trap and a function name, which shellcheck does not follow. */
const NOT_UNREACHABLE = '--exclude=SC2317';

function shellcheck(scripts: [string, string][], ...options: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bake-shellcheck-'));
  const files = scripts.map(([name, text], index) => {
    const file = path.join(folder, `${index}-${name}`);
    writeFileSync(file, text);
    return file;
  });
  expect(files.length).toBeGreaterThan(40);
  const { stdout } = spawnSync(
    'shellcheck',
    ['--shell=bash', NOT_UNREACHABLE, '--format=gcc', ...options, ...files],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  rmSync(folder, { recursive: true });
  return stdout;
}

test.skipIf(missing)(
  'shellcheck passes every rendered script (skipped where shellcheck is not installed)',
  () => {
    const all = textsOf(renderPacker(packerInput('alinux2'))).find(({ path: file }) =>
      file.endsWith('/all.sh'),
    );
    expect(shellcheck([...scriptsOf(fullInputs), ['all.sh', all?.text ?? '']])).toBe('');
  },
);

test.skipIf(missing)('shellcheck reports only the text in single quotes when values are hostile', () => {
  // SC2016, SC1003: "$" and backslash in single quotes are not expanded, as intended.
  expect(shellcheck(scriptsOf(hostileInputs), '--exclude=SC2016,SC1003')).toBe('');
});

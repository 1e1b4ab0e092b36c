/** Tests every screen at 80 columns, and at three other widths: no cut word, no line that could have been shorter. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { widthOf } from '../../src/text/width.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder } from '../support/project.ts';

let folder: string;
beforeAll(() => {
  folder = emptyFolder();
  const made = screen('--os alinux2 --sandbox --json', 80);
  if (!made.includes('"baked"')) throw new Error(made);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** What bake shows at a terminal of this width, without colours and cursor movements. */
function screen(line: string, width: number): string {
  const command = `stty cols ${width} rows 50; exec node ${bakeBin()} ${line} --no-color`;
  const ran = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...plainEnvironment(), TERM: 'dumb', BAKE_COMMAND: 'bake', AWS_EC2_METADATA_DISABLED: 'true' },
    encoding: 'utf8',
    input: '',
  });
  return ran.stdout.replaceAll('\r\n', '\n').trimEnd();
}

/** The words, without what only the width decides: line ends of a shell, ages and run ids. */
function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '' && word !== '\\');
}

function tooWide(text: string, width: number): string[] {
  const lines = text.split('\n').filter((line) => widthOf(line) > width);
  // A single word, such as a path, cannot be shorter.
  return lines.filter((line) => words(line).length > 1);
}

const SCREENS = [
  ...commands.filter(({ group }) => group !== 'hidden').map(({ name }) => `${name} --help`),
  '--help',
  'images --sandbox',
  'images --where-used --sandbox',
  'plan --all --sandbox',
  'explain',
  'explain PREFLIGHT',
  'explain standard',
  'rotate --check --from-channel stable .bakery/sandbox/example/clusters --sandbox --config .bakery/sandbox/example/bakery.yaml',
  'images diff ami-0ffffffffffffffff ami-0eeeeeeeeeeeeeeee --sandbox',
  'plan --nope',
  'schedule --github --cron 1 --config .bakery/sandbox/example/bakery.yaml',
];

describe.each([80, 64, 100])('at %i columns', (width) => {
  it.each(SCREENS)('bake %s fits', (line) => {
    const shown = screen(line, width);
    expect(shown.length).toBeGreaterThan(20);
    expect(tooWide(shown, width)).toEqual([]);
  });
});

it.each([
  'rotate --help',
  'explain CA_LEAF',
  'images diff ami-0ffffffffffffffff ami-0eeeeeeeeeeeeeeee --sandbox',
])('bake %s has the same words at 64 and at 200 columns', (line) => {
  const [narrow, wide] = [screen(line, 64), screen(line, 200)];
  expect(words(narrow)).toEqual(words(wide));
  expect(narrow.split('\n').length).toBeGreaterThan(wide.split('\n').length);
});

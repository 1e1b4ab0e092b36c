/** Tests how commands in hints are completed: as the user calls bake, and with the options of the run that they need. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { completeCommands, programOf } from '../../src/cli/next-command.ts';
import { parse } from '../../src/cli/parse.ts';
import { errorTable, type ErrorCode } from '../../src/errors/table.ts';
import { commands } from '../../src/cli/commands.ts';
import { explanation } from '../../src/jobs/explanation.ts';
import { repository } from '../support/project.ts';

const complete = (text: string, argv: string, program = 'bake'): string =>
  completeCommands(text, { program, parsed: parse(argv.split(' ').filter(Boolean)) }, false);

describe('a printed command', () => {
  it.each([
    ['`bake --os alinux2`', 'plan --os alinux2 --channel candidate --rebake --sandbox', 'bake --os alinux2 --channel candidate --rebake --sandbox'],
    ['`bake --os alinux2`', '--channel candidate --state /tmp/x', 'bake --os alinux2 --channel candidate --state /tmp/x'],
    ['`bake images`', 'publish --os alinux2 --config ../b.yaml --image ami-12345678', 'bake images --config ../b.yaml'],
    ['`bake assets fetch`', '--os alinux2 --sandbox', 'bake assets fetch --sandbox'],
    ['`bake plan --all --out FILE`', 'run --plan p.json --engine packer', 'bake plan --all --out FILE --engine packer'],
    ['`bake rotate`', 'rotate clusters infra --literal --diff', 'bake rotate clusters infra --literal'],
    ['`bake rotate`', 'template clusters/prod.yaml --os alinux2', 'bake rotate clusters/prod.yaml --os alinux2'],
    ['`bake publish --os alinux2 --image AMI`', 'promote --arch arm64 --yes', 'bake publish --os alinux2 --image AMI --arch arm64 --yes'],
    ['`bake explain`', 'explain NOPE --config x.yaml', 'bake explain'],
    ['`bake iam`', 'promote --sandbox', 'bake iam promote'],
    ['`bake iam`', '--os alinux2', 'bake iam'],
    ['`bake plan --help` lists', 'plan --sandbox', 'bake plan --help lists'],
  ])('%s after bake %s is %s', (text, argv, expected) => {
    expect(complete(text, argv)).toBe(expected);
  }); // prettier-ignore

  it('quotes values for a shell, and leaves other text alone', () => {
    const parsed = parse(['--os', 'alinux2', '--config', "it's here.yaml"]);
    const running = { program: 'npx bake', parsed };
    expect(completeCommands('a `b` `bake images`', running, true)).toBe(
      "a `b` `npx bake images --config 'it'\\''s here.yaml'`",
    );
  });
});

test.each([
  [['node', '/repo/node_modules/.bin/bake'], { npm_command: 'exec' }, 'npx bake'],
  [['node', '/usr/local/bin/bake'], {}, 'bake'],
  [['node', '/repo/dist/bake.js'], {}, 'node dist/bake.js'],
  [['node', '/repo/dist/bake.js'], { npm_command: 'exec' }, 'node dist/bake.js'],
  [['node', '/tools/my bake.mjs'], {}, "node '/tools/my bake.mjs'"],
  [['node', '/x/bake.js'], { BAKE_COMMAND: 'docker run bake' }, 'docker run bake'],
])('%j with %j was called as %s', (argv, env, expected) => {
  expect(programOf(argv, env as Record<string, string>, '/repo')).toBe(expected);
});

test.each(Object.keys(errorTable) as ErrorCode[])('bake accepts every command in the hint of %s', (code) => {
  for (const [, command = ''] of explanation(code).hint.matchAll(/`bake ?([^`]*)`/g)) {
    const words = command
      .split(' ')
      .filter((word) => word !== '' && word !== '--help' && word !== '<command>');
    // The run that fails has named it.
    if (words[0] === 'template') words.push('FILE');
    expect(() => parse(words)).not.toThrow();
  }
});

test('every command in a hint stands in backticks, or it would not be completed', () => {
  const table = readFileSync(path.join(repository, 'src/errors/table.ts'), 'utf8');
  const hints = [...table.matchAll(/^ +hint: [^]*?(?=^ +(?:about:|\}\),$))/gm)].map(([text]) => text);
  expect(hints.length).toBeGreaterThan(Object.keys(errorTable).length - 5);
  const names = commands.map(({ name }) => name).join('|');
  // Sentences about bake itself ("bake makes…") and the verb ("bake a new image") are not commands.
  const bare = new RegExp(`(?<![\`\\w])bake (?:--|(?:${names})\\b)`);
  expect(hints.filter((hint) => bare.test(hint))).toEqual([]);
});

/** Tests the parser of argv: positions of options, errors and their messages. */
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../../src/cli/engine-words.ts';
import { commands } from '../../src/cli/commands.ts';
import { globalOptions, optionTable, type OptionName } from '../../src/cli/options.ts';
import { parse } from '../../src/cli/parse.ts';
import { BakeError } from '../../src/errors/bake-error.ts';

function refusal(...argv: string[]): string {
  try {
    parse(argv);
  } catch (error) {
    if (error instanceof BakeError && error.code === 'USAGE' && error.exit === 2) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a command', () => {
  test.each([
    [[]],
    [['--sandbox']],
    [['--os', 'alinux2', '--sandbox']],
    [['--os=plan']],
    [['--config', 'plan']],
  ])('is run when %j names none', (argv) => expect(parse(argv).command.name).toBe('run'));

  test.each([
    [['plan', '--os', 'alinux2', '--sandbox']],
    [['--os', 'alinux2', 'plan', '--sandbox']],
    [['--sandbox', '--os=alinux2', 'plan']],
  ])('is found among its options in %j', (argv) => {
    const { command, options, args } = parse(argv);
    expect([command.name, options.os, options.sandbox, args]).toEqual(['plan', ['alinux2'], true, []]);
  });

  test('gets all its options, with defaults', () => {
    expect(parse(['plan']).options).toEqual({
      ...Object.fromEntries(
        Object.entries(optionTable).map(([name, { kind }]) => [
          name,
          { flag: false, list: [], value: undefined, port: undefined }[kind],
        ]),
      ),
      config: 'bakery.yaml',
    });
  });

  test('gets lists in order, the last of repeated values, and numbers', () => {
    const { options } = parse([
      '--os',
      'b',
      '--os',
      'a',
      '--engine',
      'x',
      '--engine',
      'packer',
      '--no-color',
    ]);
    expect([options.os, options.engine, options.noColor]).toEqual([['b', 'a'], 'packer', true]);
    expect(parse(['sandbox', '--port', '4599']).options.port).toBe(4599);
  });

  test('does not share lists between two calls', () => {
    parse([]).options.os.push('x');
    expect(parse([]).options.os).toEqual([]);
  });

  test('gets its arguments', () => {
    expect(parse(['explain', 'CA_LEAF', '--json']).args).toEqual(['CA_LEAF']);
    expect(parse(['--json', 'explain']).args).toEqual([]);
  });

  test('with a variadic argument gets all its values, even between options', () => {
    const { args, options } = parse([
      'rotate',
      'a.yaml',
      '--map',
      'x=y',
      'b c',
      '--map',
      'm.csv',
      '--',
      '-d',
    ]);
    expect([args, options.map]).toEqual([
      ['a.yaml', 'b c', '-d'],
      ['x=y', 'm.csv'],
    ]);
  });
});

describe('an error', () => {
  test.each([
    [['plna'], 'there is no command plna; did you mean plan?'],
    [['alinux2'], 'there is no command alinux2; did you mean bake --os alinux2?'],
    [['qqqqqqqq'], 'there is no command qqqqqqqq'],
    [['--oss', 'alinux2'], 'there is no option --oss; did you mean --os?'],
    [['plan', '--regoin', 'x'], 'there is no option --regoin; did you mean --region?'],
    [
      ['reap', '--out', 'x'],
      'bake reap has no --out: it belongs to plan, render, publish, promote, rollback, rotate, template',
    ],
    [['-x'], 'there is no option -x'],
    [['--os'], '--os takes a value; found none'],
    [['--os', '--sandbox'], '--os takes a value (ID); found --sandbox'],
    [['--os='], '--os takes a value (ID); found an empty one'],
    [['sandbox', '--port', '65536'], '--port takes a port from 0 to 65535; found 65536'],
    [['sandbox', '--port', '1e3'], '--port takes a port from 0 to 65535; found 1e3'],
    [['completion'], 'bake completion needs SHELL (bash, zsh, fish)'],
    [['completion', 'tcsh'], 'SHELL is one of bash, zsh, fish; found tcsh'],
    [['explain', 'A', 'B'], 'bake explain takes CODE; B is one too many'],
    [['plan', 'x'], 'bake plan takes no arguments; x is one too many'],
  ])('of %j says what is wrong', (argv, message) => {
    expect(refusal(...argv)).toBe(message);
  });
});

describe('the tables', () => {
  test('have no unused option', () => {
    const taken = new Set([...globalOptions, ...commands.flatMap((command) => command.options)]);
    expect((Object.keys(optionTable) as OptionName[]).filter((name) => !taken.has(name))).toEqual([]);
  });

  test('contain each command and each flag once', () => {
    const names = commands.map((command) => command.name);
    const flags = Object.values(optionTable).map((spec) => spec.flag);
    expect([new Set(names).size, new Set(flags).size]).toEqual([names.length, flags.length]);
  });

  test('--no-… options are false unless given', () => {
    expect(parse(['promote']).options).toMatchObject({ noRotate: false, noColor: false });
    expect(parse(['promote', '--no-rotate']).options).toMatchObject({ noRotate: true, noColor: false });
  });

  test('have examples that parse, for every command', () => {
    for (const command of commands) {
      expect(examplesOf(command)).not.toHaveLength(0);
      for (const [line] of examplesOf(command)) {
        const said = /bake ([^>)]*)/.exec(line)?.[1]?.trim() ?? '';
        // Splits the line as a shell does.
        const words = [...said.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
        expect([line, parse(words).command.name]).toEqual([line, command.name]);
      }
    }
  });
});

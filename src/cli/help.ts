/** Builds the help texts from the tables of commands and options. */
import { commands, defaultCommand } from './commands.ts';
import type { CommandSpec } from './command.ts';
import { aboutText, examplesOf, optionSummary } from './engine-words.ts';
import { wrapCommand } from '../text/wrap.ts';
import { globalOptions, optionTable, type OptionName, type OptionSpec } from './options.ts';

const GROUPS = { main: 'Main job', 'set-up': 'Set-up' } as const;
/** The width of the prebuilt help, and of the help on terminals that are wider. */
const HELP_WIDTH = 100;
const EXIT_CODES =
  'Exit codes: 0 done or nothing to do · 1 a check found differences · 2 bad input · 3 the environment refused · 4 remote work failed · 70 our bug · 130 interrupted';

/** The help of `bake` itself. */
export function mainHelp(version: string, width = HELP_WIDTH): string {
  const { section, wrap, examples, blocks } = layout(width);
  const run = commands.find((command) => command.name === defaultCommand) as CommandSpec;
  return blocks([
    wrap(`bake ${version} · an AMI bakery for AWS ParallelCluster in hardened VPCs`, '', '  '),
    'Usage: bake --os ID [options]\n       bake COMMAND [options]',
    ...Object.entries(GROUPS).map(([group, title]) =>
      section(
        title,
        commands
          .filter((command) => command.group === group)
          .map((command) => [usageName(command), command.summary] as const),
      ),
    ),
    section(
      'Targets and run',
      run.options.map((name) => optionRow(name)),
    ),
    section('Every command', [
      ...globalOptions.map((name) => optionRow(name)),
      ['--help', 'this text; bake COMMAND --help for one command'],
      ['--version', 'print the version'],
    ]),
    examples([...examplesOf(run), ['bake plan --help', 'the options of one command, with an example']]),
    wrap(EXIT_CODES, '', '  '),
  ]);
}

/** The help of one command. */
export function commandHelp(command: CommandSpec, width = HELP_WIDTH): string {
  const { section, wrap, examples, blocks } = layout(width);
  const parts = ['Usage: bake', usageName(command), '[options]'];
  const about = aboutText(command);
  return blocks([
    wrap(`bake ${command.name} · ${command.summary}`, '', '  '),
    wrap(parts.join(' '), '', '  '),
    about === undefined ? '' : wrap(about, '', ''),
    section(
      'Arguments',
      (command.arguments ?? []).map((a) => [a.name.toUpperCase(), argumentText(a)] as const),
    ),
    section(
      'Options',
      command.options.map((name) => optionRow(name, command)),
    ),
    section('Every command', [...globalOptions.map((name) => optionRow(name)), ['--help', 'this text']]),
    examples(examplesOf(command)),
  ]);
}

/** An option with its value, such as `--os ID`. */
function optionUsage(name: OptionName): string {
  const spec: OptionSpec = optionTable[name];
  return spec.value === undefined ? spec.flag : `${spec.flag} ${spec.value}`;
}

function optionRow(name: OptionName, command?: CommandSpec): readonly [string, string] {
  return [optionUsage(name), optionSummary(name, command)];
}

function usageName(command: CommandSpec): string {
  const args = (command.arguments ?? []).map((argument) => {
    const name = argument.name.toUpperCase() + (argument.variadic ? '...' : '');
    return argument.required ? name : `[${name}]`;
  });
  return [command.name, ...args].join(' ');
}

function argumentText(argument: { summary: string; choices?: readonly string[] }): string {
  return argument.choices === undefined
    ? argument.summary
    : `${argument.summary}: ${argument.choices.join(', ')}`;
}

/** The parts of a help text in a width. */
function layout(width: number) {
  function wrap(text: string, first: string, indent: string): string {
    const lines: string[] = [];
    let line = first;
    for (const word of text.split(' ')) {
      const empty = line === first || line === indent;
      if (!empty && line.length + 1 + word.length > width) {
        lines.push(line);
        line = indent + word;
      } else {
        line += empty ? word : ` ${word}`;
      }
    }
    return [...lines, line].join('\n');
  }

  function examples(list: readonly (readonly [string, string])[]): string {
    const lines = list.flatMap(([line, meaning]) => [
      wrapCommand(`  ${line}`, width),
      wrap(meaning, '      ', '      '),
    ]);
    return ['Examples', ...lines].join('\n');
  }

  function section(title: string, rows: readonly (readonly [string, string])[]): string {
    if (rows.length === 0) return '';
    const left = Math.max(...rows.map(([name]) => name.length)) + 4;
    // Where the names leave too little room, the texts stand below them.
    const below = left > width / 2;
    const indent = ' '.repeat(below ? 6 : left);
    const row = ([name, text]: readonly [string, string]): string =>
      below ? `  ${name}\n${wrap(text, indent, indent)}` : wrap(text, `  ${name}`.padEnd(left), indent);
    return [title, ...rows.map(row)].join('\n');
  }

  function blocks(parts: string[]): string {
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  }
  return { wrap, examples, section, blocks };
}

/** The help of a command, or of bake (''), in the width of a narrow terminal. */
export function helpAt(name: string, version: string, width: number): string {
  const command = commands.find((one) => one.name === name);
  return command === undefined ? mainHelp(version, width) : commandHelp(command, width);
}

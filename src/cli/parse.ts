/** Parses argv into a command, options and arguments, with commander. Every error is a USAGE error (exit 2). */
import { Command, CommanderError, Option } from 'commander';
import { BakeError } from '../errors/bake-error.ts';
import { bakeable } from '../os/index.ts';
import { nearest } from '../util/nearest.ts';
import type { CommandSpec } from './command.ts';
import { commands, defaultCommand, findCommand } from './commands.ts';
import { globalOptions, optionTable, type OptionName, type Options, type OptionSpec } from './options.ts';

export interface Parsed {
  command: CommandSpec;
  options: Options;
  args: string[];
}

/**
 * Options may stand before or after the command's name, or without one.
 * @param argv without node and script
 * @throws BakeError USAGE
 */
export function parse(argv: readonly string[]): Parsed {
  const { name, rest } = splitCommand(argv);
  const command = findCommand(name) ?? unknownCommand(name);
  const parser = parserOf(command);
  try {
    parser.parse(rest, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw usage(command.name, tidy(error, command));
    throw error;
  }
  checkArguments(command, parser.args);
  return { command, options: { ...defaults(), ...given(parser) }, args: parser.args };
}

/** Finds the name of the command: the first word that is neither an option nor the value of one. */
function splitCommand(argv: readonly string[]): { name: string; rest: string[] } {
  const takesValue = new Map(
    Object.values(optionTable).map((spec) => [spec.flag as string, spec.kind !== 'flag']),
  );
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string;
    if (word === '--') break;
    if (!word.startsWith('-')) return { name: word, rest: argv.toSpliced(index, 1) };
    const flag = word.split('=', 1)[0] as string;
    // The word after an unknown option could be its value or a command, so the error names the option.
    if (!takesValue.has(flag)) throw usage('', unknownOption(flag, Object.keys(optionTable) as OptionName[]));
    if (takesValue.get(flag) && !word.includes('=')) index += 1;
  }
  return { name: defaultCommand, rest: [...argv] };
}

function parserOf(spec: CommandSpec): Command {
  const parser = new Command(spec.name).exitOverride().helpOption(false).showSuggestionAfterError(false);
  parser.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  parser.allowExcessArguments();
  for (const name of [...spec.options, ...globalOptions]) parser.addOption(optionOf(name, spec.name));
  return parser;
}

function optionOf(name: OptionName, command: string): Option {
  const spec: OptionSpec = optionTable[name];
  if (spec.kind === 'flag') return new Option(spec.flag);
  return new Option(`${spec.flag} <value>`).argParser((value: string, previous: unknown) => {
    if (value === '' || value.startsWith('--')) {
      throw usage(
        command,
        `${spec.flag} takes a value (${spec.value ?? ''}); found ${value || 'an empty one'}`,
      );
    }
    if (spec.kind === 'list') return [...((previous as string[] | undefined) ?? []), value];
    if (spec.kind === 'port' && (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)) {
      throw usage(command, `${spec.flag} takes a port from 0 to 65535; found ${value}`);
    }
    return spec.kind === 'port' ? Number(value) : value;
  });
}

function checkArguments(command: CommandSpec, args: readonly string[]): void {
  const specs = command.arguments ?? [];
  const surplus = specs.at(-1)?.variadic ? undefined : args[specs.length];
  if (surplus !== undefined) {
    const takes =
      specs.length === 0 ? 'no arguments' : specs.map((spec) => spec.name.toUpperCase()).join(' ');
    throw usage(command.name, `bake ${command.name} takes ${takes}; ${surplus} is one too many`);
  }
  for (const [at, { name, required, choices }] of specs.entries()) {
    const found = args[at];
    const takes = choices === undefined ? '' : ` (${choices.join(', ')})`;
    if (found === undefined && required)
      throw usage(command.name, `bake ${command.name} needs ${name.toUpperCase()}${takes}`);
    if (found !== undefined && choices !== undefined && !choices.includes(found)) {
      throw usage(command.name, `${name.toUpperCase()} is one of ${choices.join(', ')}; found ${found}`);
    }
  }
}

function defaults(): Options {
  const empty = { flag: false, list: [], value: undefined, port: undefined } as const;
  const all = Object.entries(optionTable).map(([name, spec]) => [name, structuredClone(empty[spec.kind])]);
  return { ...(Object.fromEntries(all) as Options), config: 'bakery.yaml' };
}

function given(parser: Command): Partial<Options> {
  // Commander stores `--no-color` as color: false, and color: true without the option.
  const said = Object.entries(parser.opts()).map(([name, value]: [string, unknown]) => {
    const no = `no${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return Object.hasOwn(optionTable, no) ? [no, value === false] : [name, value];
  });
  return Object.fromEntries(said) as Partial<Options>;
}

function unknownCommand(name: string): never {
  const os = nearest(name, bakeable);
  const command = nearest(
    name,
    commands.filter((known) => known.group !== 'hidden').map((known) => known.name),
  );
  const near = command ?? (os === undefined ? undefined : `bake --os ${os}`);
  throw usage('', `there is no command ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
}

function unknownOption(flag: string, names: readonly OptionName[]): string {
  const near = nearest(
    flag,
    names.map((name) => optionTable[name].flag),
  );
  return `there is no option ${flag}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** The message of commander, or a better one from our tables. */
function tidy(error: CommanderError, command: CommandSpec): string {
  if (error.code === 'commander.unknownOption') {
    const flag = /'([^'=]*)/.exec(error.message)?.[1] ?? '';
    const elsewhere = (Object.keys(optionTable) as OptionName[]).find(
      (name) => optionTable[name].flag === flag,
    );
    if (elsewhere === undefined) return unknownOption(flag, [...command.options, ...globalOptions]);
    if (command.options.includes(elsewhere) || globalOptions.includes(elsewhere))
      return `${flag} takes no value`;
    const takers = commands.filter((other) => other.options.includes(elsewhere)).map((other) => other.name);
    return `bake ${command.name} has no ${flag}: it belongs to ${takers.join(', ')}`;
  }
  if (error.code === 'commander.optionMissingArgument') {
    return `${/'(--[a-z-]+)/.exec(error.message)?.[1] ?? 'an option'} takes a value; found none`;
  }
  return error.message.replace(/^error: /, '').replaceAll('\n', ' ');
}

function usage(command: string, message: string): BakeError {
  return new BakeError('USAGE', { message, command });
}

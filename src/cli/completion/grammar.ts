/** Builds the grammar that the completion scripts of all shells are made from. */
import { shippedNames } from '../../config/shipped.ts';
import { errorTable } from '../../errors/table.ts';
import { bakeable } from '../../os/index.ts';
import { supportedRegions, releases } from '../../os/releases.ts';
import { commands, defaultCommand } from '../commands.ts';
import type { ArgumentSpec } from '../command.ts';
import { engineNames, optionSummary } from '../engine-words.ts';
import { globalOptions, optionTable, type OptionName, type OptionSpec } from '../options.ts';

/** Words, what the shell itself completes, or words beside files. */
export type Values = readonly string[] | 'file' | 'folder' | 'nothing' | { orFile: readonly string[] };

export interface OptionGrammar {
  flag: string;
  summary: string;
  /** undefined: the option takes no value. */
  values: Values | undefined;
}

export interface CommandGrammar {
  name: string;
  summary: string;
  options: readonly OptionGrammar[];
  /** The values of the first positional argument. */
  argument: Values;
}

export interface Grammar {
  commands: readonly CommandGrammar[];
  /** Completions before the name of a command. */
  bare: CommandGrammar;
}

const WORDS: Partial<Record<OptionName, readonly string[]>> = {
  os: bakeable,
  arch: ['x86_64', 'arm64'],
  engine: engineNames(),
  channel: ['stable', 'candidate'],
  fromChannel: ['stable', 'candidate'],
  region: Object.keys(supportedRegions),
  parallelcluster: releases.toReversed(),
};

export function grammar(): Grammar {
  const visible = commands.filter((command) => command.group !== 'hidden');
  const all = visible.map((command): CommandGrammar => ({
    name: command.name,
    summary: command.summary,
    options: [...[...command.options, ...globalOptions].map(optionGrammar), helpOption],
    argument: argumentValues(command.name, command.arguments?.[0]),
  }));
  const run = all.find((command) => command.name === defaultCommand) as CommandGrammar;
  const words = [...all.map((command) => command.name), 'help'];
  return { commands: all, bare: { ...run, name: '', argument: words } };
}

const helpOption: OptionGrammar = {
  flag: '--help',
  summary: 'show the options with an example',
  values: undefined,
};

function optionGrammar(name: OptionName): OptionGrammar {
  const spec: OptionSpec = optionTable[name];
  return {
    flag: spec.flag,
    summary: optionSummary(name),
    values: spec.kind === 'flag' ? undefined : valuesOf(name, spec),
  };
}

function valuesOf(name: OptionName, { value }: OptionSpec): Values {
  if (WORDS[name] !== undefined) return WORDS[name];
  if (name === 'recipe') return { orFile: shippedNames('recipe') };
  if (value === 'DIR') return 'folder';
  return value !== undefined && /^FILE$|\|(?:FILE|TAR)$/.test(value) ? 'file' : 'nothing';
}

function argumentValues(command: string, argument: ArgumentSpec | undefined): Values {
  if (argument?.choices !== undefined) return argument.choices;
  if (argument?.variadic) return 'file';
  return command === 'explain' ? [...Object.keys(errorTable), ...shippedNames('recipe')] : 'nothing';
}

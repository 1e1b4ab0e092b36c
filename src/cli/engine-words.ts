/** Inserts the texts of the engines into the help of commands and options. */
import type { EngineHelp } from '../engines/engine.ts';
import { engines as shippedEngines } from '../engines/index.ts';
import { engineIdsText } from '../engines/registry.ts';
import { OF_ENGINES, type CommandSpec } from './command.ts';
import { optionTable, type OptionName, type OptionSpec } from './options.ts';

const helps = (command: string): EngineHelp[] =>
  Object.values(shippedEngines).flatMap(
    ({ help }: { help: Readonly<Record<string, EngineHelp>> }) => help[command] ?? [],
  );

/** The summary of an option, for one command if it is given. */
export function optionSummary(name: OptionName, command?: CommandSpec): string {
  const spec: OptionSpec = optionTable[name];
  const note = command?.notes?.[name];
  if (command !== undefined && note === OF_ENGINES) {
    return helps(command.name)
      .flatMap(({ option }) => option ?? [])
      .join('; ');
  }
  return (note ?? spec.summary).replace(OF_ENGINES, engineIdsText(shippedEngines));
}

export function aboutText({ name, about }: CommandSpec): string | undefined {
  const texts = helps(name).flatMap((help) => help.about ?? []);
  return about?.replace(OF_ENGINES, texts.join(' '));
}

export function examplesOf({ name, examples }: CommandSpec): (readonly [string, string])[] {
  return examples.flatMap((one) =>
    one === OF_ENGINES ? helps(name).flatMap((help) => help.examples ?? []) : [one],
  );
}

/** The valid names for --engine. */
export function engineNames(): string[] {
  return Object.keys(shippedEngines);
}

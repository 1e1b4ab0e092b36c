/** Writes the completion script for fish. */
import type { CommandGrammar, Grammar, OptionGrammar, Values } from './grammar.ts';

export function fishCompletion({ commands, bare }: Grammar): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `not __fish_seen_subcommand_from ${names}`;
  return [
    '# fish completion of bake: bake completion fish > ~/.config/fish/completions/bake.fish',
    'complete -c bake -f',
    ...commands.map(
      ({ name, summary }) => `complete -c bake -n ${quoted(none)} -a ${name} -d ${quoted(summary)}`,
    ),
    ...bare.options.map((option) => line(none, option)),
    ...commands.flatMap((command) => ofCommand(command)),
    '',
  ].join('\n');
}

function ofCommand(command: CommandGrammar): string[] {
  const when = `__fish_seen_subcommand_from ${command.name}`;
  return [...argumentOf(when, command.argument), ...command.options.map((option) => line(when, option))];
}

function argumentOf(when: string, values: Values): string[] {
  if (values === 'nothing') return [];
  const parts = valueParts(values).filter((part) => part !== '-r' && part !== '-x');
  return [['complete -c bake', '-n', quoted(when), ...parts].join(' ')];
}

function line(when: string, { flag, summary, values }: OptionGrammar): string {
  const parts = ['complete -c bake', '-n', quoted(when), '-l', flag.slice(2), '-d', quoted(summary)];
  return [...parts, ...(values === undefined ? [] : valueParts(values))].join(' ');
}

function valueParts(values: Values): string[] {
  if (values === 'nothing') return ['-x'];
  if (values === 'file') return ['-r', '-F'];
  if (typeof values === 'object' && 'orFile' in values) return ['-r', '-F', '-a', list(values.orFile)];
  return values === 'folder' ? ['-x', '-a', "'(__fish_complete_directories)'"] : ['-x', '-a', list(values)];
}

function list(words: readonly string[]): string {
  return quoted(words.join(' '));
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (sign) => `\\${sign}`)}'`;
}

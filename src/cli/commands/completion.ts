/** Owns `bake completion`: a shell's script, made from the tables of commands and options. */
import type { Invocation } from '../../jobs/invocation.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { grammar, type Grammar } from '../completion/grammar.ts';
import { zshCompletion } from '../completion/zsh.ts';

const SHELLS: Readonly<Record<string, (grammar: Grammar) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The shell is one of the table's choices: the parser has checked it. */
export async function execute({ args, host }: Invocation): Promise<0> {
  const shell = args[0] ?? '';
  const script = SHELLS[shell]?.(grammar()) ?? '';
  host.result({ shell, script }, () => script);
  return 0;
}

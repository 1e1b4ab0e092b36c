/** `bake completion`: prints the completion script for a shell. */
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

/** The parser has checked that the shell is one of the choices. */
export async function execute({ args, host }: Invocation): Promise<0> {
  const shell = args[0] ?? '';
  const script = SHELLS[shell]?.(grammar()) ?? '';
  host.document({ shell, script }, () => script);
  return 0;
}

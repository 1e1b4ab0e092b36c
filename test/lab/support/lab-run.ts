/** Owns starting programs for the lab: what they said is in the error when they fail. */
import { execa, type Options } from 'execa';

/**
 * @returns stdout, without its last newline
 * @throws Error with the program's own words
 */
export async function call(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { stdout } = await execa(program, args, { stdin: 'ignore', ...options });
  return String(stdout);
}

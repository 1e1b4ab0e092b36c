/** Starts programs for the lab. If one fails, the error contains its output. */
import { execa, type Options } from 'execa';

/**
 * @returns stdout without the final newline
 * @throws Error with the program's output
 */
export async function call(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { stdout } = await execa(program, args, { stdin: 'ignore', ...options });
  return String(stdout);
}

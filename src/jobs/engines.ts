/** The bake engines of a command. They are loaded with the first command that needs them: rotating files needs none. */
import type { Engines } from '../engines/engine.ts';
import type { Invocation } from './invocation.ts';

export async function enginesOf({ engines }: Invocation): Promise<Engines> {
  return engines ?? (await import('../engines/index.ts')).engines;
}

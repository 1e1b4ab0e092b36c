/** Reads bakery.yaml for a rotation, which can do without it. */
import fs from 'node:fs';
import type { Located } from '../../config/load.ts';
import type { Bakery } from '../../config/schema.ts';
import { enginesOf } from '../engines.ts';
import type { Invocation } from '../invocation.ts';
import { configFile, isDefaultConfig, sayConfig } from '../places.ts';

/**
 * The schema is loaded only if there is a file to read, because that takes longer than rotating a hundred files.
 * @returns undefined if there is no bakery.yaml and --config names no other file
 * @throws BakeErrors FILE_MISSING, CONFIG_…
 */
export async function readOptionalBakery(invocation: Invocation): Promise<Located<Bakery> | undefined> {
  const file = configFile(invocation);
  if (isDefaultConfig(invocation.options) && !fs.existsSync(file)) return undefined;
  sayConfig(invocation);
  const [{ loadBakery }, engines] = await Promise.all([
    import('../../config/load.ts'),
    enginesOf(invocation),
  ]);
  return loadBakery(file, invocation.env, engines);
}

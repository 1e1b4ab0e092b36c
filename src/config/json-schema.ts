/** Makes the JSON Schema of each file that a user writes from the zod schemas, for editors and for the folder schema/. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../util/files.ts';
import { assetsSchema } from './assets-schema.ts';
import type { ConfiguredEngines } from './engine-section.ts';
import { recipeSchema } from './recipe-schema.ts';
import { bakerySchema } from './schema.ts';

const kinds = {
  bakery: { schema: bakerySchema, title: 'bakery.yaml of ami-bakery' },
  recipe: { schema: () => recipeSchema, title: 'A recipe of ami-bakery' },
  assets: { schema: () => assetsSchema, title: 'assets.yaml of ami-bakery' },
} as const;

export type SchemaKind = keyof typeof kinds;
export const schemaKinds = ['bakery', 'recipe', 'assets'] as const satisfies readonly SchemaKind[];

/**
 * JSON Schema (draft 2020-12) of what a user writes.
 * @param engines whose sections bakery.yaml may have
 */
export function jsonSchema(kind: SchemaKind, engines: ConfiguredEngines): Record<string, unknown> {
  const { schema, title } = kinds[kind];
  const { $schema, ...rest } = z.toJSONSchema(schema(engines), {
    io: 'input',
    override({ jsonSchema: part, path }) {
      // Only bakery.yaml takes values from the environment. An editor cannot check those values, so it accepts any.
      if (kind === 'bakery' && part.pattern !== undefined && path.at(-1) !== 'propertyNames') {
        part.pattern = `\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}|(?:${part.pattern})`;
      }
    },
  });
  return { $schema, $id: `urn:ami-bakery:schema:${kind}:1`, title, ...rest };
}

/** The content of schema/KIND.schema.json. */
export function schemaText(kind: SchemaKind, engines: ConfiguredEngines): string {
  return `${JSON.stringify(jsonSchema(kind, engines), undefined, 2)}\n`;
}

/**
 * Writes KIND.schema.json for every kind into a folder.
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function writeSchemas(folder: string, engines: ConfiguredEngines): Promise<void> {
  await Promise.all(
    schemaKinds.map((kind) =>
      writeFileAtomic(join(folder, `${kind}.schema.json`), schemaText(kind, engines)),
    ),
  );
}

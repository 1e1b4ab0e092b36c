/** Owns `bake schema`: the JSON Schema of a file that users write, for editors. */
import { jsonSchema, schemaKinds } from '../../config/json-schema.ts';
import type { Invocation } from '../../jobs/invocation.ts';

/** The kind is one of schemaKinds: the parser has checked it. */
export async function execute({ args, host }: Invocation): Promise<0> {
  const schema = jsonSchema(schemaKinds.find((kind) => kind === args[0]));
  host.result(schema, () => JSON.stringify(schema, null, 2));
  return 0;
}

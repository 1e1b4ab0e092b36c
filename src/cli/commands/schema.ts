/** `bake schema`: prints the JSON Schema of a configuration file, for editors. */
import { jsonSchema, schemaKinds } from '../../config/json-schema.ts';
import type { Invocation } from '../../jobs/invocation.ts';

/** The parser has checked that the kind is one of schemaKinds. */
export async function execute({ args, host }: Invocation): Promise<0> {
  const schema = jsonSchema(schemaKinds.find((kind) => kind === args[0]));
  host.result(schema, () => JSON.stringify(schema, null, 2));
  return 0;
}

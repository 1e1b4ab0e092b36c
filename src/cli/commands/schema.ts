/** `bake schema`: prints the JSON Schema of a configuration file, for editors. */
import { jsonSchema, schemaKinds } from '../../config/json-schema.ts';
import { enginesOf } from '../../jobs/engines.ts';
import type { Invocation } from '../../jobs/invocation.ts';

/** The parser has checked that the kind is one of schemaKinds. */
export async function execute(invocation: Invocation): Promise<0> {
  const { args, host } = invocation;
  const kind = schemaKinds.find((one) => one === args[0]) ?? 'bakery';
  const schema = jsonSchema(kind, await enginesOf(invocation));
  host.result(schema, () => JSON.stringify(schema, null, 2));
  return 0;
}

/** Reads and changes the tags of Image Builder resources. */
import type { Call, Handlers } from '../call.ts';
import { getRow, keyOf, putRow, type Tables } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

export const imageBuilderTagOperations: Handlers = {
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
};

const TABLES = [
  'component', 'recipe', 'infrastructure', 'distribution', 'build', 'pipeline', 'ownWorkflow',
] as const; // prettier-ignore

/** Image Builder API reference, TagResource. */
const MAX_TAGS = 50;

type Tagged = Tables[(typeof TABLES)[number]];

function tagResource(input: { resourceArn: string; tags: Record<string, string> }, call: Call): object {
  const reserved = Object.keys(input.tags).find((key) => /^aws:/i.test(key));
  if (reserved !== undefined)
    throw new AwsError('InvalidParameterException', `Tag keys starting with aws: are reserved: ${reserved}`);
  return change(input.resourceArn, call, (tags) => ({ ...tags, ...input.tags }));
}

function untagResource(input: { resourceArn: string; tagKeys: string[] }, call: Call): object {
  return change(input.resourceArn, call, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !input.tagKeys.includes(key))),
  );
}

function listTagsForResource(input: { resourceArn: string }, call: Call): object {
  return { tags: find(input.resourceArn, call).row.tags };
}

function change(
  arn: string,
  call: Call,
  alter: (tags: Record<string, string>) => Record<string, string>,
): object {
  const { table, row } = find(arn, call);
  const tags = alter(row.tags);
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError('InvalidParameterException', `At most ${MAX_TAGS} tags are allowed.`);
  putRow(call.state, table, keyOf(call.region, arn), { ...row, tags });
  return {};
}

function find(arn: string, call: Call): { table: (typeof TABLES)[number]; row: Tagged } {
  for (const table of TABLES) {
    const row = getRow(call.state, table, keyOf(call.region, arn));
    if (row) return { table, row };
  }
  throw new AwsError('ResourceNotFoundException', `The resource '${arn}' could not be found.`, 404);
}

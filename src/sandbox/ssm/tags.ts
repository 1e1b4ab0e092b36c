/** Reads and changes the tags of parameters. */
import type { Call, Handlers } from '../call.ts';
import { getRow, keyOf, putRow, type ParameterRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { readReference } from './lookup.ts';

export const parameterTagOperations: Handlers = {
  AddTagsToResource: addTagsToResource,
  ListTagsForResource: listTagsForResource,
  RemoveTagsFromResource: removeTagsFromResource,
};

export interface ParameterTag {
  Key: string;
  Value: string;
}

interface Resource {
  ResourceType: string;
  ResourceId: string;
}

/** SSM API reference, AddTagsToResource. */
export const MAX_TAGS = 50;

function addTagsToResource(input: Resource & { Tags: ParameterTag[] }, call: Call): object {
  const row = find(input, call);
  const tags = { ...row.tags, ...readTags(input.Tags) };
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError('TooManyTagsError', `At most ${MAX_TAGS} tags are allowed.`);
  save(call, row, tags);
  return {};
}

function removeTagsFromResource(input: Resource & { TagKeys: string[] }, call: Call): object {
  const row = find(input, call);
  save(
    call,
    row,
    Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.TagKeys.includes(key))),
  );
  return {};
}

function listTagsForResource(input: Resource, call: Call): object {
  return { TagList: Object.entries(find(input, call).tags).map(([Key, Value]) => ({ Key, Value })) };
}

/** @throws AwsError ValidationException for reserved keys */
export function readTags(tags: readonly ParameterTag[]): Record<string, string> {
  const reserved = tags.find((tag) => /^aws:/i.test(tag.Key));
  if (reserved)
    throw new AwsError('ValidationException', `Tag keys starting with "aws:" are reserved: ${reserved.Key}`);
  return Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
}

function find({ ResourceType, ResourceId }: Resource, call: Call): ParameterRow {
  if (ResourceType !== 'Parameter') {
    throw new AwsError('InvalidResourceType', `The sandbox does not have the resource type ${ResourceType}.`);
  }
  const row = getRow(call.state, 'parameter', keyOf(call.region, readReference(call, ResourceId).name));
  if (!row)
    throw new AwsError(
      'InvalidResourceId',
      'The resource ID is not valid. Verify that you entered the correct ID and try again.',
    );
  return row;
}

function save(call: Call, row: ParameterRow, tags: Record<string, string>): void {
  putRow(call.state, 'parameter', keyOf(call.region, row.name), { ...row, tags });
}

/** Handles CreateTags and DeleteTags, and reads the tags in requests that create resources. */
import type { Call } from '../call.ts';
import { getRow, rowKey, putRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findImage } from './catalogue.ts';
import { checkTaggable } from './taggable.ts';
import { findSnapshot } from './snapshots.ts';

export interface Tag {
  Key?: string;
  Value?: string;
}

export interface TagSpecification {
  ResourceType?: string;
  Tags?: Tag[];
}

/** EC2 user guide, "Tag restrictions". */
const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

export function createTags(input: { Resources: string[]; Tags: Tag[] }, call: Call): object {
  for (const id of input.Resources) checkResource(id, call);
  const tags = fromTagList(input.Tags);
  for (const id of input.Resources) addTags(call, id, tags);
  return {};
}

/** A tag without a value is deleted regardless of its value; without tags, all are deleted (EC2 API reference, DeleteTags). */
export function deleteTags(input: { Resources: string[]; Tags?: Tag[] }, call: Call): object {
  for (const id of input.Resources) {
    checkResource(id, call);
    const left = Object.entries(tagsOf(call, id)).filter(([key, value]) => !isNamed(input.Tags, key, value));
    writeTags(call, id, Object.fromEntries(left));
  }
  return {};
}

function isNamed(tags: Tag[] | undefined, key: string, value: string): boolean {
  if (tags === undefined || tags.length === 0) return !key.startsWith('aws:');
  return tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
}

export function tagsOf(
  { state, region }: Pick<Call, 'state' | 'region'>,
  id: string,
): Record<string, string> {
  return getRow(state, 'tags', rowKey(region, id))?.tags ?? {};
}

/** @throws AwsError TagLimitExceeded */
export function addTags(
  call: Pick<Call, 'state' | 'region'>,
  id: string,
  tags: Record<string, string>,
): void {
  if (Object.keys(tags).length === 0) return;
  writeTags(call, id, { ...tagsOf(call, id), ...tags });
}

export function dropTags(call: Pick<Call, 'state' | 'region'>, id: string): void {
  call.state.remove('tags', rowKey(call.region, id));
}

function writeTags(call: Pick<Call, 'state' | 'region'>, id: string, tags: Record<string, string>): void {
  const count = Object.keys(tags).filter((key) => !key.startsWith('aws:')).length;
  if (count > MAX_TAGS)
    throw new AwsError('TagLimitExceeded', `The maximum number of tags for ${id} is ${MAX_TAGS}`);
  if (Object.keys(tags).length === 0) return dropTags(call, id);
  putRow(call.state, 'tags', rowKey(call.region, id), { region: call.region, id, tags });
}

/** The tags for one type of resource. @throws AwsError for an invalid tag */
export function specifiedTags(
  specifications: TagSpecification[] | undefined,
  type: string,
): Record<string, string> {
  return fromTagList(
    (specifications ?? []).filter((s) => s.ResourceType === type).flatMap((s) => s.Tags ?? []),
  );
}

/** @throws AwsError for tags of a type that the operation does not create (EC2 API reference, TagSpecification) */
export function checkSpecified(
  specifications: TagSpecification[] | undefined,
  types: readonly string[],
): void {
  const wrong = (specifications ?? []).find(({ ResourceType: type = '' }) => !types.includes(type));
  if (!wrong) return;
  throw new AwsError(
    'InvalidParameterValue',
    `'${wrong.ResourceType}' is not a valid taggable resource type for this operation.`,
  );
}

/** @throws AwsError InvalidParameterValue (EC2 user guide, "Tag restrictions") */
function fromTagList(tags: Tag[]): Record<string, string> {
  for (const { Key: key = '', Value: value = '' } of tags) {
    if (key === '') throw new AwsError('InvalidParameterValue', 'Tag key cannot be null or empty.');
    if (/^aws:/i.test(key)) {
      throw new AwsError(
        'InvalidParameterValue',
        "Value ( Key ) for parameter 'aws:' is invalid. Tag keys starting with 'aws:' are reserved for internal use",
      );
    }
    if (characters(key) > MAX_KEY) {
      throw new AwsError(
        'InvalidParameterValue',
        `Tag key exceeds the maximum length of ${MAX_KEY} characters`,
      );
    }
    if (characters(value) > MAX_VALUE) {
      throw new AwsError(
        'InvalidParameterValue',
        `Tag value exceeds the maximum length of ${MAX_VALUE} characters`,
      );
    }
  }
  return Object.fromEntries(tags.map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

/** Unicode characters, not UTF-16 units. */
function characters(text: string): number {
  return Array.from(text).length;
}

export function toTagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function checkResource(id: string, call: Call): void {
  if (id.startsWith('ami-')) findImage(call, id);
  else if (id.startsWith('snap-')) findSnapshot(call, id);
  else checkTaggable(id, call);
}

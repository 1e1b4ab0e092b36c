/** Owns the tags of parameters. */
import { AwsError } from '../wire/aws-error.ts';

export interface Tag {
  Key: string;
  Value: string;
}

/** SSM API reference, PutParameter. */
export const MAX_TAGS = 50;

/** @throws AwsError ValidationException for reserved keys */
export function readTags(tags: readonly Tag[]): Record<string, string> {
  const reserved = tags.find((tag) => /^aws:/i.test(tag.Key));
  if (reserved)
    throw new AwsError('ValidationException', `Tag keys starting with "aws:" are reserved: ${reserved.Key}`);
  return Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
}

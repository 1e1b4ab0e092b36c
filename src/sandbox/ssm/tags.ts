/** Reads the tags that PutParameter gives. */
import { AwsError } from '../wire/aws-error.ts';

export interface ParameterTag {
  Key: string;
  Value: string;
}

/** SSM API reference, PutParameter. */
export const MAX_TAGS = 50;

/** @throws AwsError ValidationException for reserved keys */
export function readTags(tags: readonly ParameterTag[]): Record<string, string> {
  const reserved = tags.find((tag) => /^aws:/i.test(tag.Key));
  if (reserved)
    throw new AwsError('ValidationException', `Tag keys starting with "aws:" are reserved: ${reserved.Key}`);
  return Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
}

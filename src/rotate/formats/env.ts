/** Finds AMI references in env files, whose quotes differ from those of a shell. */
import { contentOf, findAssigned } from '../assignments.ts';
import type { Format } from '../format.ts';
import { readEnv } from '../readers/env.ts';

export const env: Format = {
  id: 'env',
  reads: (file) => /(^|[/\\])\.env(\.[\w.-]+)?$|\.env(\.[\w-]+)?$/i.test(file),
  find: (file, bytes) => findAssigned(file, bytes, readEnv),
  content: (bytes) => contentOf(bytes, readEnv),
};

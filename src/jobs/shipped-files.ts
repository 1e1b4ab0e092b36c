/** The examples and templates of the package that hints name: `bake explain NAME` prints them. */
import { readFile } from 'node:fs/promises';
import { packagePath } from '../util/package-path.ts';

/** Name → path in the package, and what it is. */
const FILES: Readonly<Record<string, { path: readonly string[]; summary: string }>> = {
  'bakery.yaml': { path: ['examples', 'bakery.yaml'], summary: 'every setting of a bakery, with comments' },
  'recipe.yaml': { path: ['examples', 'recipe.yaml'], summary: 'every step of a recipe, with comments' },
  'assets.yaml': { path: ['examples', 'assets.yaml'], summary: 'every kind of asset, with comments' },
  'expect.yaml': { path: ['examples', 'expect.yaml'], summary: 'a list of expectations, with comments' },
  'aws-bakery.yaml': {
    path: ['templates', 'aws', 'bakery.yaml'],
    summary: 'CloudFormation: roles, bucket, keys and endpoints of a bakery',
  },
  'aws-builder.yaml': {
    path: ['templates', 'aws', 'builder.yaml'],
    summary: 'CloudFormation: the instance profile of the build instance',
  },
};

export interface ShippedFile {
  file: string;
  summary: string;
}

export const shippedFiles: readonly ShippedFile[] = Object.entries(FILES).map(([file, { summary }]) => ({
  file,
  summary,
}));

/** The text of a shipped file; undefined if there is none of this name. */
export async function readShippedFile(name: string): Promise<string | undefined> {
  if (!Object.hasOwn(FILES, name)) return undefined;
  return readFile(packagePath(...(FILES[name]?.path ?? [])), 'utf8');
}

/** Writes the first files of a bakery for what is found in the folder. It never overwrites a file. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { shippedFile } from '../../config/shipped.ts';
import { BakeError, throwAll } from '../../errors/bake-error.ts';
import { bakeable } from '../../os/index.ts';
import { defaultCron } from '../../schedule/github.ts';
import { exists, writeFileAtomic } from '../../util/files.ts';
import { nearest } from '../../util/nearest.ts';
import { packagePath } from '../../util/package-path.ts';
import { enginesOf } from '../engines.ts';
import type { Invocation } from '../invocation.ts';
import { ownWorkflow } from '../workflow.ts';
import { bakeryYaml } from './bakery-yaml.ts';
import { findInputs, type Findings } from './find.ts';

/** The shipped recipe that a first bakery.yaml names, and the path of a copy. */
const RECIPE = 'standard';
export const OWN_RECIPE = `recipes/${RECIPE}.yaml`;

export interface FirstFiles {
  /** What was found in the folder. */
  found: Findings;
  written: string[];
  /** Files that existed and were not overwritten. */
  kept: string[];
  /** The path of bake that the workflow starts, from the root of the repository. */
  program: string;
}

/** @throws BakeErrors OS_UNKNOWN, FOLDER_UNWRITABLE */
export async function writeFirstFiles(invocation: Invocation): Promise<FirstFiles> {
  const { options } = invocation;
  checkSystems(options.os);
  const config = path.resolve(invocation.cwd, options.config);
  const folder = path.dirname(config);
  const found = await findInputs(folder);
  const recipe = options.ownRecipe ? OWN_RECIPE : RECIPE;
  const files: Record<string, string> = {
    [path.basename(options.config)]: bakeryYaml({
      ...found,
      wanted: options.os,
      recipe,
      schema: schemaPath(folder),
      engines: await enginesOf(invocation),
    }),
    ...(options.ownRecipe ? { [OWN_RECIPE]: await readFile(shippedFile('recipe', RECIPE), 'utf8') } : {}),
    '.gitignore': '.bakery/\nnode_modules/\n',
  };
  const workflow = await ownWorkflow({ ...invocation, config }, defaultCron('monthly'));
  files[path.relative(folder, workflow.file)] = workflow.text;
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    if (await exists(path.join(folder, name))) {
      kept.push(name);
    } else {
      await writeFileAtomic(path.join(folder, name), text);
      written.push(name);
    }
  }
  return { found, written, kept, program: workflow.program };
}

function checkSystems(wanted: readonly string[]): void {
  throwAll(
    wanted
      .filter((os) => !bakeable.includes(os))
      .map((os) => new BakeError('OS_UNKNOWN', { os, known: [...bakeable], near: nearest(os, bakeable) })),
  );
}

/** The path of the schema, if it is below the folder, because editors find it only there. */
function schemaPath(folder: string): string | undefined {
  const relative = path
    .relative(folder, packagePath('schema', 'bakery.schema.json'))
    .split(path.sep)
    .join('/');
  return relative.startsWith('..') || path.isAbsolute(relative) ? undefined : `./${relative}`;
}

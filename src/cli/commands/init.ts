/** `bake init`: writes the first files of a bakery, for what is found in the folder. It never overwrites. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { shippedFile } from '../../config/shipped.ts';
import { throwAll } from '../../errors/bake-error.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { bakeable } from '../../os/index.ts';
import { WORKFLOW } from '../../schedule/github.ts';
import { exists, writeFileAtomic } from '../../util/files.ts';
import { nearest } from '../../util/nearest.ts';
import { packagePath } from '../../util/package-path.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { bakeryYaml } from '../init/bakery-yaml.ts';
import { lookRound, type Findings } from '../init/find.ts';
import { columns } from '../../text/tables.ts';

/** The shipped recipe that a first bakery.yaml names, and where a copy of it goes. */
const RECIPE = 'standard';
const OWN_RECIPE = `recipes/${RECIPE}.yaml`;

/** @throws BakeError OS_UNKNOWN, FOLDER_UNWRITABLE */
export async function execute({ options, cwd, host }: Invocation): Promise<0> {
  checkSystems(options.os);
  const folder = path.dirname(path.resolve(cwd, options.config));
  const found = await lookRound(folder);
  const recipe = options.ownRecipe ? OWN_RECIPE : RECIPE;
  const files: Record<string, string> = {
    [path.basename(options.config)]: bakeryYaml({
      ...found,
      wanted: options.os,
      recipe,
      schema: schemaPath(folder),
    }),
    ...(options.ownRecipe ? { [OWN_RECIPE]: await readFile(shippedFile('recipe', RECIPE), 'utf8') } : {}),
    '.gitignore': '.bakery/\nnode_modules/\n',
    [WORKFLOW]: await readFile(packagePath('dist', 'workflow.yml'), 'utf8'),
  };
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
  host.result({ written, kept }, () => report(found, written, kept));
  return 0;
}

function checkSystems(wanted: readonly string[]): void {
  throwAll(
    wanted
      .filter((os) => !bakeable.includes(os))
      .map((os) => new BakeError('OS_UNKNOWN', { os, known: [...bakeable], near: nearest(os, bakeable) })),
  );
}

/** Editors find the schema only below the folder: installed as a package, or in our own checkout. */
function schemaPath(folder: string): string | undefined {
  const relative = path
    .relative(folder, packagePath('schema', 'bakery.schema.json'))
    .split(path.sep)
    .join('/');
  return relative.startsWith('..') || path.isAbsolute(relative) ? undefined : `./${relative}`;
}

function keptText(name: string, written: readonly string[]): string {
  const kept = 'was there, left as it is';
  if (name === '.gitignore') return `${kept}: .bakery/ belongs into it`;
  const isConfig = !name.includes('/');
  return isConfig && written.includes(OWN_RECIPE)
    ? `${kept}: write recipe: ${OWN_RECIPE} under defaults`
    : kept;
}

function report({ configs, certificates }: Findings, written: string[], kept: string[]): string {
  const finds = [
    ...configs.map(({ file, os, region }) => [
      file,
      ['cluster config', os, region].filter(Boolean).join(', '),
    ]),
    ...certificates.map((file) => [file, 'certificate']),
  ];
  const did = [
    ...written.map((name) => [name, 'written']),
    ...kept.map((name) => [name, keptText(name, written)]),
  ];
  return [
    finds.length === 0 ? 'Found no cluster config and no certs/*.pem.' : `Found\n${columns(finds, '  ')}`,
    `Files\n${columns(did, '  ')}`,
    'Next\n  read bakery.yaml, then: bake plan --all\n  without an AWS account: bake --all --sandbox\n  the IAM policy a run needs: bake iam; roles, bucket, keys and endpoints as CloudFormation: templates/aws of the package\n  for the workflow: ami-bakery in the package.json of this repository (the jobs run npm ci), the repository variables AWS_ROLE_ARN and AWS_REGION, and an environment stable whose reviewers promote',
  ].join('\n');
}

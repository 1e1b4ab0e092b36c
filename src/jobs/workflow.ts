/** The GitHub workflow for a user's repository: where it belongs, and which program and configuration it names. */
import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { INSTALLED, WORKFLOW, workflowFor } from '../schedule/github.ts';
import { packagePath } from '../util/package-path.ts';
import { repositoryRoot } from '../util/repository-root.ts';
import type { Invocation } from './invocation.ts';

export interface OwnWorkflow {
  /** The absolute path, at the root of the repository: GitHub reads workflows nowhere else. */
  file: string;
  /** The shipped workflow. */
  shipped: string;
  text: string;
  /** The path of bake that it starts, from the root of the repository. */
  program: string;
}

/** @param of.config the absolute path of bakery.yaml */
export async function ownWorkflow(
  { config, program: running }: { config: string } & Pick<Invocation, 'program'>,
  cron: string,
): Promise<OwnWorkflow> {
  const folder = path.dirname(config);
  const root = repositoryRoot(folder) ?? folder;
  const shipped = await readFile(packagePath('dist', 'workflow.yml'), 'utf8');
  const program = programIn(root, running);
  const text = workflowFor(shipped, { cron, program, config: slashes(path.relative(root, config)) });
  return { file: path.join(root, WORKFLOW), shipped, text, program };
}

/** The program that runs now, if it is in the repository; otherwise where npm installs it. */
function programIn(root: string, running: string | undefined): string {
  if (running === undefined || fs.existsSync(path.join(root, INSTALLED))) return INSTALLED;
  const inside = slashes(path.relative(root, real(running)));
  return inside === '' || inside.startsWith('..') || path.isAbsolute(inside) ? INSTALLED : inside;
}

/** What the jobs need so that the program is there. */
export function programNeeds(program: string): string {
  return program.endsWith('.mjs')
    ? `${program} and ${program}.sha256 of a release: the jobs check the digest`
    : 'ami-bakery in package.json, as a release file or a git reference with its commit: the jobs run npm ci';
}

function real(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

function slashes(file: string): string {
  return file.split(path.sep).join('/');
}

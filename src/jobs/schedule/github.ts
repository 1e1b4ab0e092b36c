/** Writes the GitHub workflow that runs bake every month. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadBakery } from '../../config/load.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { cronFault, defaultCron, isShipped } from '../../schedule/github.ts';
import { exists, writeFileAtomic } from '../../util/files.ts';
import { enginesOf } from '../engines.ts';
import type { Invocation } from '../invocation.ts';
import { configFile, sayConfig } from '../places.ts';
import { requireConfig } from '../workplace.ts';
import { ownWorkflow, programNeeds } from '../workflow.ts';

type Outcome = 'written' | 'replaced' | 'unchanged';

/** @throws BakeError USAGE for a wrong --cron and for a workflow that bake did not write; FOLDER_UNWRITABLE; BakeErrors of bakery.yaml */
export async function scheduleGithub(invocation: Invocation): Promise<0> {
  const { options, cwd, env, host } = invocation;
  const fault = options.cron === undefined ? undefined : cronFault(options.cron);
  if (fault !== undefined) {
    const message = `--cron: for GitHub expected ${fault}, found ${options.cron}`;
    throw new BakeError('USAGE', { message, command: 'schedule' });
  }
  await requireConfig(invocation);
  sayConfig(invocation);
  const config = configFile(invocation);
  const { value } = await loadBakery(config, env, await enginesOf(invocation));
  const cron = options.cron ?? defaultCron(value.refresh);
  const { file, shipped, text, program } = await ownWorkflow({ ...invocation, config }, cron);
  const outcome = await outcomeOf(file, text);
  if (outcome === 'replaced' && !options.yes && !isShipped(await readFile(file, 'utf8'), shipped)) {
    const name = path.relative(cwd, file);
    const message = `${name} was not written by bake: move it away, or overwrite it with --yes`;
    throw new BakeError('USAGE', { message, command: 'schedule' });
  }
  if (outcome !== 'unchanged') await writeFileAtomic(file, text);
  host.result({ workflow: path.relative(cwd, file), cron, outcome }, () =>
    report(path.relative(cwd, file), cron, outcome, program),
  );
  return 0;
}

async function outcomeOf(file: string, text: string): Promise<Outcome> {
  if (!(await exists(file))) return 'written';
  return (await readFile(file, 'utf8')) === text ? 'unchanged' : 'replaced';
}

function report(file: string, cron: string, outcome: Outcome, program: string): string {
  const seen = outcome === 'replaced' ? ': git diff shows the change' : '';
  return [
    `${file} ${outcome}${seen}; it starts at "${cron}" (UTC)`,
    'It needs, in this repository',
    `  ${programNeeds(program)}`,
    '  variables AWS_ROLE_ARN, AWS_REGION, and AWS_PROMOTE_ROLE_ARN for promotions: `bake explain aws-bakery.yaml` prints a template of the roles',
    '  an environment "stable" with required reviewers: their approval promotes',
    '  permission for Actions to create pull requests (Settings, Actions, General)',
  ].join('\n');
}

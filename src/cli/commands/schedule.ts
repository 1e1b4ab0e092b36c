/** Owns `bake schedule`: has the month run by itself, where its options say. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import type { Invocation } from '../command.ts';

/** @throws BakeError USAGE where it is not said who is to run it; what the one that is named throws */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { engine, github } = invocation.options;
  if (engine === 'imagebuilder' && !github)
    return (await import('../schedule-pipelines.ts')).schedulePipelines(invocation);
  if (github && engine === undefined)
    return (await import('../schedule-github.ts')).scheduleGithub(invocation);
  const message = `expected --engine imagebuilder or --github, found ${foundText(engine, github)}`;
  throw new BakeError('USAGE', { message, command: 'schedule' });
}

function foundText(engine: string | undefined, github: boolean): string {
  if (engine === undefined) return 'neither';
  return github ? 'both' : `--engine ${engine}`;
}

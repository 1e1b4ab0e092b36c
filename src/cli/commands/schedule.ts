/** `bake schedule`: sets up monthly runs in Image Builder or in GitHub Actions. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { schedulersOf } from '../../engines/registry.ts';
import { enginesOf } from '../../jobs/engines.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { optionTable } from '../options.ts';

/** @throws BakeError USAGE unless exactly one scheduler is named; the errors of that scheduler */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { engine, github } = invocation.options;
  const schedulers = schedulersOf(await enginesOf(invocation)).map(({ id }) => `--engine ${id}`);
  if (engine !== undefined && schedulers.includes(`--engine ${engine}`) && !github)
    return (await import('../schedule-pipelines.ts')).changePipelines(invocation);
  if (github && engine === undefined) {
    refusePipelineOptions(invocation, schedulers);
    return (await import('../../jobs/schedule/github.ts')).scheduleGithub(invocation);
  }
  const message = `expected ${[...schedulers, '--github'].join(' or ')}, found ${foundText(engine, github)}`;
  throw new BakeError('USAGE', { message, command: 'schedule' });
}

/** Options that have no effect on a workflow; they are rejected so that nobody relies on them. */
const OF_PIPELINES = ['os', 'arch', 'parallelcluster', 'region', 'recipe', 'channel', 'delete'] as const;

function refusePipelineOptions({ options }: Invocation, schedulers: readonly string[]): void {
  const given = OF_PIPELINES.filter((name) => {
    const value = options[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given.length === 0) return;
  const flags = given.map((name) => optionTable[name].flag).join(', ');
  const message = `--github: the workflow bakes every target of bakery.yaml; ${flags} belongs to ${schedulers.join(' or ')}`;
  throw new BakeError('USAGE', { message, command: 'schedule' });
}

function foundText(engine: string | undefined, github: boolean): string {
  if (engine === undefined) return 'neither';
  return github ? 'both' : `--engine ${engine}`;
}

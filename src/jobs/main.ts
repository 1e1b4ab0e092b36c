/** Runs the main job. A plan is the same job, with every stage stopped before its first write. */
import path from 'node:path';
import { errorsOf, throwAll, BakeError } from '../errors/bake-error.ts';
import { targetLabel } from '../os/target.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { runErrors, runResult } from '../pipeline/report.ts';
import type { RunResult } from '../entries/result.ts';
import { runStages } from '../run/runner.ts';
import { checkScripts } from '../pipeline/script-syntax.ts';
import type { PlannedWrite } from '../run/writes.ts';
import type { FilePlan } from './consent.ts';
import { filePlanOf } from './file-plan.ts';
import { openAttestor } from './attestor.ts';
import type { Invocation } from './invocation.ts';
import { clearAfterKill, openContext, type CommandContext } from './context.ts';
import { requireTargets } from './selection.ts';
import { sayWorkplace } from './workplace.ts';
import type { Project } from '../pipeline/project.ts';
import { notifyEnd } from './notifications.ts';

/** Concurrent bakes: on AWS each only waits, in the sandbox each uses the cores of this machine. */
const CONCURRENCY = { aws: 16, sandbox: 2 };

export interface MainJob extends FilePlan {
  result: RunResult;
  /** The reasons for skipped rows and steps, each once. */
  skips: string[];
  /** Relative to the current folder; undefined if nothing was written. */
  runFolder: string | undefined;
  copyOf: string | undefined;
  /** The errors of the targets that are not in the result, and of configs. */
  errors: BakeError[];
  /** Empty after an error, which says itself what to do next. */
  next: [] | undefined;
}

/** @throws BakeErrors of all targets if no target succeeded */
export async function mainJob(
  invocation: Invocation,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<MainJob> {
  requireTargets(invocation);
  const accept = (project: Project): Promise<void> => checkScripts(project.scripts, invocation.signal);
  const context = await openContext(invocation, accept, {}, false);
  try {
    return await work(context, invocation, mode, agreed);
  } finally {
    await context.close();
  }
}

async function work(
  context: CommandContext,
  invocation: Invocation,
  mode: 'run' | 'plan',
  agreed: readonly PlannedWrite[] | undefined,
): Promise<MainJob> {
  const { host, options, signal, cwd } = invocation;
  const { world, journal, project, copyOf } = context;
  host.emit({
    type: 'runStarted',
    version: invocation.version,
    run: journal.run,
    sandbox: options.sandbox,
    command: invocation.commandLine,
  });
  sayWorkplace(invocation, copyOf);
  for (const target of project.unlisted) {
    host.emit({ type: 'warning', text: `${target} is not in bakery.yaml: using its defaults` });
  }
  for (const warning of project.warnings) host.emit({ type: 'warning', ...warning });
  let notified = false;
  try {
    if (mode === 'run') await clearAfterKill(context);
    await world.store.check();
    const attestor = await openAttestor(invocation, context);
    const outcome = await runStages({
      world: { ...world, attestor },
      pipeline,
      agreed,
      items: project.jobs,
      label: (job) => targetLabel(job.target),
      mode,
      concurrency: options.sandbox ? CONCURRENCY.sandbox : CONCURRENCY.aws,
      journal,
      emit: host.emit,
      signal,
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') journal.end(errors.length === 0 ? 'done' : 'failed');
    const { items } = outcome;
    notified = true;
    await notifyEnd(invocation, context, mode, {
      through: items.map(({ render }) => render.label),
      parameters: items.flatMap(({ publish }) => publish.parameters),
      errors,
    });
    if (items.length === 0 || signal.aborted) throwAll(errors);
    return {
      result: runResult(outcome, { run: journal.run, sandbox: options.sandbox, folder: cwd }),
      ...filePlanOf(
        outcome,
        context,
        invocation,
        'run',
        items.flatMap(({ render }) => [...render.steps, ...render.rows]),
      ),
      skips: [...new Set(items.flatMap(({ verify }) => verify.reasons))],
      runFolder: journal.begun() ? path.relative(cwd, journal.folder) : undefined,
      copyOf: copyOf && path.relative(cwd, copyOf),
      errors,
      next: errors.length > 0 ? [] : undefined,
    };
  } catch (error) {
    if (signal.aborted) {
      if (mode === 'run') journal.end('interrupted');
      throw new BakeError('INTERRUPTED', { run: journal.run }, { cause: errorsOf(error) });
    }
    // Errors before the stages are notified, too; those of the stages have been.
    if (mode === 'run' && !notified) {
      await notifyEnd(invocation, context, mode, { through: [], parameters: [], errors: errorsOf(error) });
    }
    throw error;
  }
}

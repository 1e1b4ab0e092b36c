/** Builds the world that stages work in, and closes it again. */
import { engines as shippedEngines } from '../engines/index.ts';
import type { Session } from '../aws/session.ts';
import { clearLeases } from '../run/lease.ts';
import { openJournal, type Journal } from '../run/journal.ts';
import type { Project } from '../pipeline/project.ts';
import type { World } from '../pipeline/world.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { canonicalJson } from '../util/canonical.ts';
import { sha256 } from '../util/sha256.ts';
import { openCloud, openPlainCloud, openProjectStore, type Cloud } from './cloud.ts';
import type { Invocation } from './invocation.ts';
import { configFile, runsFolder, stateFolder } from './places.ts';
import { regionsOf } from './regions.ts';
import { selectionOf } from './selection.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

export interface CommandContext extends Workplace {
  world: World;
  journal: Journal;
  close(): Promise<void>;
}

/**
 * Builds everything that a stage needs. Bad input is found before the first call to AWS.
 * @param accept throws if the command cannot do what the project asks for
 * @param say as in openWorkplace
 * @param asked what makes the request different from the main job, in addition to the selection
 */
export async function openContext(
  invocation: Invocation,
  accept: (project: Project) => void | Promise<void> = () => {},
  asked: object = {},
  say = true,
): Promise<CommandContext> {
  const workplace = await openWorkplace(invocation, say);
  await accept(workplace.project);
  return contextIn(invocation, workplace, await openCloud(invocation, workplace.project), asked);
}

/** The same for a command that only reads the project, which bake has checked before: no account is known. */
export async function openWithoutIdentity(invocation: Invocation): Promise<CommandContext> {
  const workplace = await openWorkplace(invocation, false);
  const cloud = await openPlainCloud(invocation, []);
  return contextIn(invocation, workplace, { ...cloud, account: '', partition: 'aws' }, {});
}

async function contextIn(
  invocation: Invocation,
  workplace: Workplace,
  cloud: Cloud,
  asked: object,
): Promise<CommandContext> {
  try {
    const journal = openRunJournal(invocation, asked, cloud.aws);
    const world: World = {
      aws: cloud.aws,
      account: cloud.account,
      partition: cloud.partition,
      engines: invocation.engines ?? shippedEngines,
      journal,
      rotate: workplace.project.rotate,
      store: await openProjectStore(workplace.project, cloud.aws),
      emit: invocation.host.emit,
      signal: invocation.signal,
    };
    return { ...workplace, world, journal, close: () => cloud.close() };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

/** The journal of this command. From its first stage that writes, calls wait for AWS that cannot be reached. */
function openRunJournal(invocation: Invocation, asked: object, aws: Session): Journal {
  const journal = openJournal(runsFolder(invocation), intentOf(invocation, asked), () => aws.now());
  return {
    ...journal,
    stage(stage, target, state) {
      journal.stage(stage, target, state);
      aws.patience.begin();
    },
  };
}

/** Removes the leases that the run may have left which this one resumes. */
export async function clearAfterKill({ world, journal, project }: CommandContext): Promise<void> {
  if (!journal.resumed) return;
  const root = parameterRoot(project.bakery.value.publish.parameter);
  const { aws } = world;
  const { run } = journal;
  await Promise.all(
    regionsOf(project.jobs).map((region) => clearLeases({ aws, region, path: `${root}lock`, run })),
  );
}

/** A digest of the request: a run that was killed is resumed by the same request. */
function intentOf(invocation: Invocation, asked: object): string {
  const { options } = invocation;
  const place = options.sandbox ? stateFolder(invocation) : 'aws';
  return sha256(
    canonicalJson({ ...selectionOf(invocation), ...asked, place, config: configFile(invocation) }),
  );
}

/** Owns putting a command together: project, sandbox or AWS, journal, world; and taking it apart again. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { readCallerIdentity } from '../aws/identity.ts';
import { plainEnvironment } from '../aws/child.ts';
import { openSession, type LocalEndpoint, type Session } from '../aws/session.ts';
import type { Engines } from '../engines/engine.ts';
import { engineIdsText } from '../engines/registry.ts';
import { engines as shippedEngines } from '../engines/index.ts';
import { BakeError } from '../errors/bake-error.ts';
import { openJournal, type Journal } from '../run/journal.ts';
import { clearLeases } from '../run/lease.ts';
import { canonicalJson } from '../util/canonical.ts';
import { sha256 } from '../util/sha256.ts';
import { loadProject, type Project } from '../pipeline/project.ts';
import type { Selection } from '../pipeline/selection.ts';
import type { World } from '../pipeline/world.ts';
import { openStore, type Store } from '../store/store.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { exists, makeFolder } from '../util/files.ts';
import { packagePath } from '../util/package-path.ts';
import { channelPattern } from '../config/leaves.ts';
import { isBareName } from '../config/shipped.ts';
import type { Invocation } from './invocation.ts';

export interface Workplace {
  project: Project;
  /** Absolute path of the example's copy, when there was no bakery.yaml and the sandbox works on that. */
  copyOf: string | undefined;
}

export interface CommandContext extends Workplace {
  world: World;
  journal: Journal;
  close(): Promise<void>;
}

export function selectionOf({ options, cwd, rotate }: Invocation): Selection {
  return {
    os: options.os,
    arch: options.arch,
    parallelcluster: options.parallelcluster,
    regions: options.region,
    engine: options.engine,
    recipe: recipeOption(options.recipe, cwd),
    channel: options.channel,
    rebake: options.rebake,
    ...(rotate === undefined ? {} : { rotate }),
  };
}

/** A path on the command line starts from the current folder; a bare name is a shipped recipe everywhere. */
function recipeOption(recipe: string | undefined, cwd: string): string | undefined {
  return recipe === undefined || isBareName(recipe) ? recipe : path.resolve(cwd, recipe);
}

/** A run or a plan must name what it is about: never the whole file by accident. */
export function requireTargets({ options, engines = shippedEngines }: Invocation): void {
  requireEngine(options.engine, engines, 'run');
  checkChannelName('--channel', options.channel, 'run');
  if (options.os.length === 0 && !options.all) throw new BakeError('NOTHING_NAMED', {});
  if (options.os.length > 0 && options.all) {
    throw new BakeError('USAGE', { message: '--os and --all exclude each other', command: 'run' });
  }
}

/** @throws BakeError USAGE for --engine with a name that no engine has */
export function requireEngine(name: string | undefined, engines: Engines, command: string): void {
  if (name === undefined || Object.hasOwn(engines, name)) return;
  const message = `--engine: expected ${engineIdsText(engines)}, found ${name}`;
  throw new BakeError('USAGE', { message, command });
}

/** @throws BakeError USAGE where a channel's name could not be in a parameter's */
export function checkChannelName(option: string, name: string | undefined, command: string): void {
  if (name === undefined || channelPattern.test(name)) return;
  const message = `${option}: expected letters, digits, "-", "_" or ".", found ${JSON.stringify(name)}`;
  throw new BakeError('USAGE', { message, command });
}

/** With --sandbox and no bakery.yaml, a command works on a copy of the shipped example. */
export async function usesExample({ options, cwd }: Invocation): Promise<boolean> {
  return (
    options.sandbox && options.config === 'bakery.yaml' && !(await exists(path.resolve(cwd, options.config)))
  );
}

/** Reads the project, or the example's copy. */
export async function openWorkplace(invocation: Invocation): Promise<Workplace> {
  const { options, env, cwd, engines } = invocation;
  const copyOf = (await usesExample(invocation)) ? await copyExample(invocation) : undefined;
  const config = copyOf === undefined ? path.resolve(cwd, options.config) : path.join(copyOf, 'bakery.yaml');
  const project = await loadProject(config, selectionOf(invocation), env, new Date(), engines);
  return { project, copyOf };
}

/**
 * Everything a stage needs; `close` leaves nothing behind. Bad input is found before any call.
 * @param accept throws where the command cannot do what the project asks for
 * @param asked what beside the selection makes this request another one than the main job's
 */
export async function openContext(
  invocation: Invocation,
  accept: (project: Project) => void | Promise<void> = () => {},
  asked: object = {},
): Promise<CommandContext> {
  const workplace = await openWorkplace(invocation);
  await accept(workplace.project);
  const cloud = await openCloud(invocation, workplace.project);
  try {
    const runs = path.join(invocation.cwd, '.bakery', 'runs');
    const journal = openJournal(runs, intentOf(invocation, asked), () => cloud.aws.now());
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

/** What the killed run that this one goes on with may have left: leases of work that was done. */
export async function clearAfterKill({ world, journal, project }: CommandContext): Promise<void> {
  if (!journal.resumed) return;
  const root = parameterRoot(project.bakery.value.publish.parameter);
  const regions = new Set(project.jobs.flatMap(({ target }) => target.regions));
  const { aws } = world;
  const { run } = journal;
  await Promise.all([...regions].map((region) => clearLeases({ aws, region, path: `${root}lock`, run })));
}

export interface Cloud {
  aws: Session;
  account: string;
  partition: string;
  close(): Promise<void>;
}

/**
 * AWS, or the embedded one with --sandbox: its endpoint and credentials are given to every client explicitly, so that
 * no setting of the environment can lead a sandbox run to a real account.
 */
export async function openCloud(invocation: Invocation, { jobs }: Project): Promise<Cloud> {
  const { options, env } = invocation;
  const sandbox = options.sandbox ? await openTheSandbox(invocation) : undefined;
  const [job] = jobs;
  const aws = sessionFor(sandbox, env, job?.image.certificates.map(({ pem }) => pem) ?? []);
  async function close(): Promise<void> {
    aws.close();
    await sandbox?.close();
  }
  try {
    const { account, arn } = await readCallerIdentity(aws, job?.target.regions[0] ?? 'us-east-1');
    return { aws, account, partition: arn.split(':')[1] ?? 'aws', close };
  } catch (error) {
    await close();
    throw error;
  }
}

function sessionFor(
  sandbox: { endpoint: string } | undefined,
  env: Invocation['env'],
  trust: readonly string[],
): Session {
  if (!sandbox) return openSession({ env, trust });
  return openSession({
    // What a child needs to start, and nothing of the user's AWS set-up.
    env: plainEnvironment(env),
    endpoint: sandbox.endpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    localEndpoint: () => nearOf(sandbox.endpoint),
  });
}

/** AWS for a command that needs no target: an S3 place, say. */
export async function openPlainCloud(
  invocation: Invocation,
  trust: readonly string[],
): Promise<{ aws: Session; close(): Promise<void> }> {
  const { options, env } = invocation;
  const sandbox = options.sandbox ? await openTheSandbox(invocation) : undefined;
  const aws = sessionFor(sandbox, env, trust);
  return {
    aws,
    async close() {
      aws.close();
      await sandbox?.close();
    },
  };
}

async function openTheSandbox(invocation: Invocation): Promise<{ endpoint: string; close(): Promise<void> }> {
  const { openSandbox } = await import('../sandbox/open.ts');
  return openSandbox({ state: stateFolder(invocation), rootfs: invocation.options.rootfs });
}

/** How instances of the sandbox are reached: src/sandbox/control.ts. */
async function nearOf(endpoint: string): Promise<LocalEndpoint> {
  const answer = await fetch(`${endpoint}/_sandbox/ssh`);
  const { port } = (await answer.json()) as { port: number };
  return { sshPort: port };
}

/** bakery.yaml `store`. */
export function openProjectStore({ bakery, jobs }: Project, aws: Session): Promise<Store> {
  const region = jobs[0]?.target.regions[0] ?? 'us-east-1';
  return openStore(bakery.value.store, { aws, region, folder: bakery.folder });
}

export function stateFolder({ cwd, options }: Invocation): string {
  return path.resolve(cwd, options.state ?? path.join('.bakery', 'sandbox'));
}

/** The same request again, after a kill, is recognised by this. */
function intentOf(invocation: Invocation, asked: object): string {
  const { options, cwd } = invocation;
  const place = options.sandbox ? stateFolder(invocation) : 'aws';
  return sha256(
    canonicalJson({ ...selectionOf(invocation), ...asked, place, config: path.resolve(cwd, options.config) }),
  );
}

/** Copies the shipped example once; a copy that is there is kept, with what the user did to it. */
async function copyExample(invocation: Invocation): Promise<string> {
  const copy = path.join(stateFolder(invocation), 'example');
  if (await exists(path.join(copy, 'bakery.yaml'))) return copy;
  const temp = `${copy}.${process.pid}.tmp`;
  try {
    makeFolder(path.dirname(copy));
    await fs.cp(packagePath('examples'), temp, { recursive: true });
    await fs.rm(copy, { recursive: true, force: true });
    await fs.rename(temp, copy);
  } catch (error) {
    await fs.rm(temp, { recursive: true, force: true }).catch(() => {});
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(copy), reason: (error as Error).message });
  }
  return copy;
}

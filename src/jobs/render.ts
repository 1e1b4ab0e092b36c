/** Writes the files of the engine into a folder, to read or to run by hand, or the steps of each target as one script for nodes. */
import fs from 'node:fs';
import path from 'node:path';
import { errorsOf } from '../errors/bake-error.ts';
import { resolve } from '../pipeline/stages/resolve.ts';
import { STAND_IN, standIn } from '../pipeline/stages/stand-in.ts';
import type { Engine } from '../engines/engine.ts';
import { engineOf } from '../engines/registry.ts';
import { filesOf } from '../image/step.ts';
import { nodeScript } from '../image/first-boot/node-script.ts';
import { undoScript } from '../image/mirrors/undo.ts';
import { targetKey } from '../os/target.ts';
import type { Job } from '../pipeline/world.ts';
import { writeRendered, type RenderedFile } from '../render/file.ts';
import type { Project } from '../pipeline/project.ts';
import { checkScripts } from '../pipeline/script-syntax.ts';
import type { Invocation } from './invocation.ts';
import { openContext, openWithoutIdentity, type CommandContext } from './context.ts';
import { openWorkplace } from './workplace.ts';
import { requireTargets } from './selection.ts';
import { renderTargets } from './rendered.ts';
import type { RenderedBuild } from '../pipeline/stages/render.ts';

const DEFAULT_OUT = 'rendered';

export interface RenderedFiles {
  files: Written[];
  /** The recipes of the targets, each once. */
  recipes: string[];
}

interface Written {
  os: string;
  arch: string;
  file: string;
}

/** @throws BakeErrors of every target that could not be rendered */
export function renderFiles(invocation: Invocation): Promise<RenderedFiles> {
  requireTargets(invocation);
  return invocation.options.nodeScript ? writeNodeScripts(invocation) : writeBuilds(invocation);
}

/** Writes `node-start.sh` of each target, for an OnNodeStart action. It needs no AWS. */
async function writeNodeScripts(invocation: Invocation): Promise<RenderedFiles> {
  const { project } = await openWorkplace(invocation);
  await accept(project, invocation);
  const files: Written[] = [];
  for (const { target, parts, templates } of project.jobs) {
    const { os, arch } = target;
    const text = nodeScript(parts, templates, ({ source }) => fs.readFileSync(source));
    files.push(
      await write(
        invocation,
        { os: os.id, arch, key: targetKey(target) },
        { path: 'node-start.sh', text, mode: 0o755 },
      ),
    );
  }
  return { files, recipes: recipesOf(project) };
}

function recipesOf({ jobs }: Project): string[] {
  return [...new Set(jobs.map(({ recipe }) => recipe))];
}

async function accept({ scripts, warnings }: Project, { host, signal }: Invocation): Promise<void> {
  await checkScripts(scripts, signal);
  for (const warning of warnings) host.emit({ type: 'warning', ...warning });
}

async function writeBuilds(invocation: Invocation): Promise<RenderedFiles> {
  const { context, first } = await openForReading(invocation);
  try {
    const builds = await renderTargets(context, invocation, first);
    const files: Written[] = [];
    for (const [index, build] of builds.entries()) {
      const engine = engineOf(context.world.engines, build.engine);
      for (const file of [...renderAll(engine, build), ...undoOf(context.project.jobs[index])]) {
        files.push(await write(invocation, build, file));
      }
    }
    return { files, recipes: recipesOf(context.project) };
  } finally {
    await context.close();
  }
}

/** Without credentials, a stand-in takes the place of each base image: the files are for reading. */
async function openForReading(
  invocation: Invocation,
): Promise<{ context: CommandContext; first: typeof resolve }> {
  const check = (project: Project): Promise<void> => accept(project, invocation);
  try {
    return { context: await openContext(invocation, check), first: resolve };
  } catch (error) {
    const isWithout = errorsOf(error).some(({ code }) => code === 'AWS_CREDENTIALS');
    if (!isWithout) throw error;
    const text = `no AWS credentials: ${STAND_IN} stands for base images that only AWS knows, and names and fingerprints depend on it`;
    invocation.host.emit({ type: 'warning', text });
    return { context: await openWithoutIdentity(invocation), first: standIn };
  }
}

async function write(
  { options, cwd }: Invocation,
  { os, arch, key }: { os: string; arch: string; key: string },
  file: RenderedFile,
): Promise<Written> {
  const full = await writeRendered(path.join(path.resolve(cwd, options.out ?? DEFAULT_OUT), key), file);
  return { os, arch, file: path.relative(cwd, full) };
}

/** The script that removes the mirrors again, in an image or on a node. */
function undoOf(job: Job | undefined): RenderedFile[] {
  const text = job && undoScript(job.image, job.templates);
  return text === undefined ? [] : [{ path: 'undo-mirrors.sh', text, mode: 0o755 }];
}

/**
 * The files of the engine, each script as its own file, because people want to read them, and the files that steps
 * expect in the staging folder.
 */
function renderAll(engine: Engine, build: RenderedBuild): RenderedFile[] {
  const staged = filesOf(build.steps).map((file): RenderedFile => ({ path: `files/${file.sha256}`, file }));
  const scripts = [
    ...build.steps.map((step, index) => ({ folder: 'steps', index, ...step })),
    ...build.rows.map((row, index) => ({ folder: 'verify', index, ...row })),
  ].map(({ folder, index, id, script }) => ({
    path: `${folder}/${String(index + 1).padStart(2, '0')}-${id.replace(/[.]sh$/, '')}.sh`,
    text: script,
    mode: 0o755,
  }));
  const files = new Map([...staged, ...scripts, ...engine.render(build)].map((file) => [file.path, file]));
  return [...files.values()];
}

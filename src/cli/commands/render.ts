/** Owns `bake render`: the engine's files in a folder, to read or to run by hand; or each target's steps as a node's script. */
import fs from 'node:fs';
import path from 'node:path';
import { engines } from '../../engines/index.ts';
import type { Engine } from '../../engines/engine.ts';
import type { ExitCode } from '../../errors/table.ts';
import { filesOf } from '../../image/step.ts';
import { nodeScript } from '../../image/first-boot/node-script.ts';
import { undoScript } from '../../image/mirrors/undo.ts';
import { targetKey } from '../../os/target.ts';
import type { Job } from '../../pipeline/world.ts';
import { writeRendered, type RenderedFile } from '../../render/file.ts';
import type { Project } from '../../pipeline/project.ts';
import { checkScripts } from '../../pipeline/script-syntax.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { openContext } from '../../jobs/context.ts';
import { openWorkplace } from '../../jobs/workplace.ts';
import { requireTargets } from '../../jobs/selection.ts';
import { renderTargets } from '../../jobs/rendered.ts';
import { recipeSource } from '../recipe-text.ts';
import type { RenderedBuild } from '../../pipeline/stages/render.ts';

const DEFAULT_OUT = 'rendered';

interface Rendered {
  files: Written[];
  /** The recipes of the targets, each once. */
  recipes: string[];
}

interface Written {
  os: string;
  arch: string;
  file: string;
}

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  requireTargets(invocation);
  const { files, recipes } = await (options.nodeScript
    ? writeNodeScripts(invocation)
    : writeBuilds(invocation));
  const sources = recipes.map((name) => ({ name, from: recipeSource(name, invocation.version) }));
  for (const { name, from } of sources) {
    const text = name === from ? `recipe ${name}` : `recipe ${name}, shipped with ${from}`;
    host.emit({ type: 'note', text });
  }
  host.result({ files, recipes: sources }, () => files.map(({ file }) => file).join('\n'));
  return 0;
}

/** `node-start.sh` of each target, for an OnNodeStart action. No AWS is needed for it. */
async function writeNodeScripts(invocation: Invocation): Promise<Rendered> {
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

async function writeBuilds(invocation: Invocation): Promise<Rendered> {
  const context = await openContext(invocation, (project) => accept(project, invocation));
  try {
    const builds = await renderTargets(context, invocation);
    const files: Written[] = [];
    for (const [index, build] of builds.entries()) {
      for (const file of [...renderAll(build), ...undoOf(context.project.jobs[index])]) {
        files.push(await write(invocation, build, file));
      }
    }
    return { files, recipes: recipesOf(context.project) };
  } finally {
    await context.close();
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

/** The way back from the mirrors, to be run in an image or on a node. */
function undoOf(job: Job | undefined): RenderedFile[] {
  const text = job && undoScript(job.image, job.templates);
  return text === undefined ? [] : [{ path: 'undo-mirrors.sh', text, mode: 0o755 }];
}

/**
 * The engine's own files, and each script by itself: what an engine wraps is what a person wants to read. Beside them
 * lies what steps look for in the staging folder.
 */
function renderAll(build: RenderedBuild): ReturnType<Engine['render']> {
  const staged = filesOf(build.steps).map((file): RenderedFile => ({ path: `files/${file.sha256}`, file }));
  const scripts = [
    ...build.steps.map((step, index) => ({ folder: 'steps', index, ...step })),
    ...build.rows.map((row, index) => ({ folder: 'verify', index, ...row })),
  ].map(({ folder, index, id, script }) => ({
    path: `${folder}/${String(index + 1).padStart(2, '0')}-${id.replace(/[.]sh$/, '')}.sh`,
    text: script,
    mode: 0o755,
  }));
  const files = new Map(
    [...staged, ...scripts, ...(engines[build.engine] as Engine).render(build)].map((file) => [
      file.path,
      file,
    ]),
  );
  return [...files.values()];
}

/** Runs `packer build` on a rendered template: sets its variables, emits its output as events, and returns its history. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { BakeContext } from '../engine.ts';
import { PACKER_LOGS } from './leftovers.ts';
import { hear, newStory, type PackerStory } from './output.ts';
import { runPacker } from './process.ts';
import type { Program } from './program.ts';
import { TEMPLATES } from './render.ts';
import type { PackerBuild } from './section.ts';
import { readManifest } from './manifest.ts';

/** `image` makes an image, `verify` boots one again. */
type Purpose = 'image' | 'verify';

export function logOf({ folder }: BakeContext, purpose: Purpose): string {
  return path.join(folder, PACKER_LOGS[purpose]);
}

/** The logs that other runs have of the same target: `<runs>/<run>/<target>/packer/…`. */
export async function logsOfOtherRuns({ folder }: BakeContext): Promise<string[]> {
  const [own, target] = [path.dirname(folder), path.basename(folder)];
  const runs = await fs.readdir(path.dirname(own)).catch(() => []);
  return runs
    .filter((run) => run !== path.basename(own))
    .flatMap((run) => Object.values(PACKER_LOGS).map((log) => path.join(own, '..', run, target, log)));
}

/** On the sandbox everything takes seconds, and a Packer that outlives bake and sandbox must not poll for hours. */
const NEAR_POLLS = '120';

/** Reads the history of a build from its log; empty if there is no log. */
export async function readStory(log: string): Promise<PackerStory> {
  const story = newStory();
  const text = await fs.readFile(log, 'utf8').catch(() => '');
  for (const line of text.split('\n')) hear(line, story);
  return story;
}

/**
 * Runs Packer on a template below the context's folder.
 * @param vars of the template, in addition to those of every build. Not secrets: other users can read arguments.
 */
export async function build(
  program: Program,
  { label, builder, settings, steps, rows }: PackerBuild,
  context: BakeContext,
  purpose: Purpose,
  vars: Readonly<Record<string, string>>,
): Promise<{ exitCode: number | undefined; story: PackerStory; reason: string }> {
  const { folder, emit, signal, aws, run } = context;
  const template = path.join(folder, TEMPLATES[program.profile][purpose]);
  const access = await aws.forChildren();
  const story = newStory();
  const stage = purpose === 'image' ? 'bake' : 'verify';
  const total =
    (purpose === 'image' ? steps.length : 0) +
    (purpose === 'verify' || program.profile === 'legacy' ? rows.length : 0);
  const all: Record<string, string> = {
    run,
    ...(access.localEndpoint
      ? { ssh_port: String(access.localEndpoint.sshPort), poll_seconds: '1', polls: NEAR_POLLS }
      : {}),
    ...(program.profile === 'legacy' ? { endpoint: access.ec2Endpoint ?? '' } : {}),
    ...(builder.securityGroups.length === 0 && settings.sshFrom.length > 0
      ? { source_cidrs: JSON.stringify(settings.sshFrom) }
      : {}),
    ...vars,
  };
  const { exitCode, reason } = await runPacker({
    command: program.command,
    args: [
      'build',
      '-machine-readable',
      '-on-error=cleanup',
      ...Object.entries(all).flatMap(([name, value]) => ['-var', `${name}=${value}`]),
      template,
    ],
    cwd: path.dirname(template),
    access,
    log: logOf(context, purpose),
    signal,
    onLine(line) {
      for (const told of hear(line, story)) {
        if (told.kind === 'output')
          emit({ type: 'output', stage, target: label, source: 'packer', line: told.line });
        else
          emit({
            type: 'stageProgress',
            stage,
            target: label,
            text: told.text,
            done: story.said.reports.length,
            total,
          });
      }
    },
  });
  // The manifest may have ids that the output lacks. Packer also writes it on failure.
  const manifest = await fs
    .readFile(path.join(path.dirname(template), 'manifest.json'), 'utf8')
    .catch(() => '');
  story.artifacts = { ...readManifest(manifest), ...story.artifacts };
  return { exitCode, story, reason };
}

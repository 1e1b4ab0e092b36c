/** Owns `bake render`: the engine's files in a folder, to read or to run by hand. */
import path from 'node:path';
import { engines } from '../../engines/index.ts';
import type { Engine } from '../../engines/engine.ts';
import type { ExitCode } from '../../errors/table.ts';
import { targetLabel } from '../../os/target.ts';
import { render } from '../../pipeline/stages/render.ts';
import { resolve } from '../../pipeline/stages/resolve.ts';
import { runStages } from '../../pipeline/runner.ts';
import { throwAll } from '../../errors/bake-error.ts';
import { writeFileAtomic } from '../../util/files.ts';
import type { Invocation } from '../command.ts';
import { openShop, requireTargets } from '../compose.ts';
import type { RenderedBuild } from '../../pipeline/stages/render.ts';

const DEFAULT_OUT = 'rendered';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options, cwd, signal } = invocation;
  requireTargets(invocation);
  const shop = await openShop(invocation);
  try {
    const outcome = await runStages({
      world: shop.world,
      stages: [resolve, render],
      items: shop.project.jobs,
      label: (job) => targetLabel(job.target),
      mode: 'plan',
      concurrency: 16,
      journal: shop.journal,
      emit: host.emit,
      signal,
    });
    throwAll(outcome.errors);
    const out = path.resolve(cwd, options.out ?? DEFAULT_OUT);
    const files: { os: string; arch: string; file: string }[] = [];
    for (const item of outcome.items) {
      const build = item['render'] as RenderedBuild;
      for (const file of renderAll(build)) {
        const full = path.join(out, build.key, file.path);
        await writeFileAtomic(full, file.text, file.mode);
        files.push({ os: build.os, arch: build.arch, file: path.relative(cwd, full) });
      }
    }
    host.result({ files }, () => files.map(({ file }) => file).join('\n'));
    return 0;
  } finally {
    await shop.close();
  }
}

/** The engine's own files, and each script by itself: what an engine wraps is what a person wants to read. */
function renderAll(build: RenderedBuild): ReturnType<Engine['render']> {
  const scripts = [
    ...build.steps.map((step, index) => ({ folder: 'steps', index, ...step })),
    ...build.rows.map((row, index) => ({ folder: 'verify', index, ...row })),
  ].map(({ folder, index, id, script }) => ({
    path: `${folder}/${String(index + 1).padStart(2, '0')}-${id.replace(/[.]sh$/, '')}.sh`,
    text: script,
    mode: 0o755,
  }));
  const files = new Map(
    [...scripts, ...(engines[build.engine] as Engine).render(build)].map((file) => [file.path, file]),
  );
  return [...files.values()];
}

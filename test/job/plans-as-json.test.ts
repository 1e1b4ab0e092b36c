/** Tests that every plan of a whole job is plain data: the job runs on frozen copies that went through JSON. */
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from '../../src/cli/parse.ts';
import { openContext } from '../../src/jobs/context.ts';
import type { Host } from '../../src/jobs/host.ts';
import { bake } from '../../src/pipeline/stages/bake.ts';
import { publish } from '../../src/pipeline/stages/publish.ts';
import { render } from '../../src/pipeline/stages/render.ts';
import { resolve } from '../../src/pipeline/stages/resolve.ts';
import { rotate } from '../../src/pipeline/stages/rotate.ts';
import { verify } from '../../src/pipeline/stages/verify.ts';
import type { Job, World } from '../../src/pipeline/world.ts';
import { pipelineOf } from '../../src/run/pipeline.ts';
import type { Plain } from '../../src/run/plain.ts';
import { runStages } from '../../src/run/runner.ts';
import type { Stage } from '../../src/run/stage.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { stateOf } from '../support/account.ts';
import { exampleProject } from '../support/project.ts';

let folder: string;
let sandbox: Sandbox;
beforeAll(async () => {
  folder = exampleProject();
  sandbox = await openSandbox({ state: stateOf(folder), rehearse: 'off' });
});
afterAll(async () => {
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** Returns the same stage; each user of its plan gets a frozen copy that went through JSON. */
function throughJson<Name extends string, W, Item, SoFar, Facts, Plan, Result, Applied>(
  stage: Stage<Name, W, Item, SoFar, Facts, Plan, Result, Applied>,
): Stage<Name, W, Item, SoFar, Facts, Plan, Result, Applied> {
  const copy = (plan: Plain<Plan>): Plain<Plan> => frozen(JSON.parse(JSON.stringify(plan)) as Plain<Plan>);
  return {
    ...stage,
    writes: (plan) => stage.writes(copy(plan)),
    preview: (plan) => stage.preview(copy(plan)),
    apply: (world, plan) => stage.apply(world, copy(plan)),
    check: (world, plan, applied) => stage.check(world, copy(plan), applied),
  };
}

const pipeline = pipelineOf<World, Job>()
  .each(throughJson(resolve))
  .each(throughJson(render))
  .each(throughJson(bake))
  .each(throughJson(verify))
  .each(throughJson(publish))
  .once(throughJson(rotate));

async function runJob() {
  const host: Pick<Host, 'emit' | 'isTty'> = { emit: () => {}, isTty: false };
  const context = await openContext({
    ...parse(['run', '--os', 'alinux2', '--os', 'ubuntu2204', '--sandbox']),
    host: host as Host,
    env: {},
    cwd: folder,
    signal: AbortSignal.timeout(120_000),
    version: '0.1.0',
    commandLine: 'bake run',
  });
  try {
    return await runStages({
      world: context.world,
      pipeline,
      items: context.project.jobs,
      label: ({ target }) => target.os.id,
      mode: 'run',
      concurrency: 2,
      journal: context.journal,
      emit: () => {},
      signal: context.world.signal,
    });
  } finally {
    await context.close();
  }
}

it('a whole job is applied from plans that went through JSON, and the second run writes nothing', async () => {
  const first = await runJob();
  expect(first.errors).toEqual([]);
  expect(first.items.map(({ bake: { outcome } }) => outcome)).toEqual(['baked', 'baked', 'baked']);
  expect(first.items.flatMap(({ publish: { parameters } }) => parameters).length).toBeGreaterThan(3);
  expect(first.whole?.rotate?.rotated.length).toBeGreaterThan(0);
  expect(new Set(first.plans.map(({ stage }) => stage))).toEqual(
    new Set(['resolve', 'render', 'bake', 'verify', 'publish', 'rotate']),
  );
  // Every plan is the same after JSON, so a plan file loses nothing.
  for (const { plan } of first.plans) expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect((await runJob()).writes).toEqual([]);
}, 180_000);

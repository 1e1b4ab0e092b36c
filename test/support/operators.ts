/** Simulates two operators who change one channel at the same time, with the real stages and a model of SSM. */
import { expect } from 'vitest';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { makeTarget } from '../../src/os/target.ts';
import { promoteStage, rollbackStage, type MoveStage } from '../../src/pipeline/stages/moves.ts';
import type { Job, World } from '../../src/pipeline/world.ts';
import { pipelineOf } from '../../src/run/pipeline.ts';
import type { StageJournal } from '../../src/run/run-stage.ts';
import { runStages } from '../../src/run/runner.ts';
import type { PlannedWrite } from '../../src/run/writes.ts';
import { openModel, type SsmModel } from './ssm-model.ts';

export const stable = '/hpc/ami/stable/alinux2/x86_64/3.15.1';
const candidate = '/hpc/ami/candidate/alinux2/x86_64/3.15.1';
export const id = (letter: string): string => `ami-${letter.repeat(17)}`;

const made = makeTarget({ os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1', regions: ['us-east-1'] });
if ('errors' in made) throw new Error('the target does not exist');
const job = {
  target: made.target,
  kms: {},
  publish: {
    parameter: '/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
    channel: 'stable',
    share: { accounts: [], organizations: [], organizationalUnits: [], role: null },
    protect: false,
    deprecateAfterDays: null,
  },
} as Partial<Job> as Job;

type Kind = 'rollback' | 'promote';
const stages: Record<Kind, MoveStage> = {
  rollback: rollbackStage({ channel: 'stable', steps: 1 }),
  promote: promoteStage({ from: 'candidate', to: 'stable', unverified: false }),
};

interface Ended {
  kind: Kind;
  /** The writes that the operator agreed to; undefined with `--yes`. */
  agreed: readonly PlannedWrite[] | undefined;
  /** The error codes; empty if the command succeeded. */
  codes: string[];
}

export async function changeChannel(
  model: SsmModel,
  by: string,
  kind: Kind,
  mode: 'plan' | 'run',
  agreed?: readonly PlannedWrite[],
) {
  const aws = model.session(by);
  const signal = AbortSignal.timeout(120_000);
  const emit = (): void => {};
  const journal: Partial<World['journal']> & StageJournal = { run: by, folder: '/nowhere', stage: () => {} };
  return runStages({
    world: {
      aws,
      account: '1',
      partition: 'aws',
      journal: journal as World['journal'],
      emit,
      signal,
    } as Partial<World> as World,
    pipeline: pipelineOf<World, Job>().each(stages[kind]),
    items: [job],
    label: () => 'alinux2 x86_64',
    mode,
    agreed,
    concurrency: 1,
    journal,
    emit,
    signal,
  });
}

/** Runs one operator, who either agrees to a plan and then runs it, or runs with `--yes`. */
async function operate(model: SsmModel, by: string, kind: Kind, agrees: boolean): Promise<Ended> {
  const agreed = agrees ? (await changeChannel(model, by, kind, 'plan')).writes : undefined;
  try {
    const outcome = await changeChannel(model, by, kind, 'run', agreed);
    return { kind, agreed, codes: outcome.errors.map(({ code }) => code) };
  } catch (error) {
    return { kind, agreed, codes: errorsOf(error).map(({ code }) => code) };
  }
}

/** Makes a small seeded random generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Runs one round. `seed` decides what the operators do, and when. @throws if a change was lost or skipped */
export async function operatorsRound(seed: number): Promise<void> {
  const random = generator(seed);
  const model = openModel(random, 0.1);
  const history = ['a', 'b', 'c', 'd'].map(id);
  for (const value of history) model.write(stable, value, 'before');
  model.write(candidate, id('e'), 'before');
  const kindOf = (): Kind => (random() < 0.7 ? 'rollback' : 'promote');
  const operators = await Promise.all(
    ['one', 'two'].map((by) => operate(model, by, kindOf(), random() < 0.5)),
  );
  const written = model.versions(stable).slice(history.length);
  const ends = operators.map(({ kind, codes }) => `${kind} ${codes.join(' ')}`).join(', ');
  const details = `seed ${seed} (${ends}): ${written.map(({ value, by }) => `${by} ${value.slice(4, 6)}`).join(', ')}`;

  // Every write moves the channel by exactly one step from its previous value.
  const steps = [history.at(-1) as string, ...written.map(({ value }) => value)];
  const before: Record<string, string> = { [id('d')]: id('c'), [id('c')]: id('b'), [id('e')]: id('d') };
  for (const [index, { value, description }] of written.entries()) {
    const from = steps[index] as string;
    expect(value, details).not.toBe(from);
    if (description.startsWith('bake rollback')) expect(value, details).toBe(before[from]);
    else expect(value, details).toBe(id('e'));
  }
  // No operator writes twice, and an operator that failed wrote nothing.
  for (const [index, by] of ['one', 'two'].entries()) {
    const own = written.filter((version) => version.by === by);
    const { codes, agreed } = operators[index] as Ended;
    expect(own.length, details).toBeLessThanOrEqual(1);
    if (codes.length > 0) {
      expect(own, details).toEqual([]);
      expect(['CHANNEL_MOVED', 'PLAN_CHANGED', 'CHANNEL_SPLIT'], details).toContain(codes[0]);
    }
    // The write that was agreed to was made by this operator, or by the other one, who agreed to the same write.
    const put = agreed?.find(({ what }) => what.startsWith(stable));
    if (codes.length === 0 && put) {
      const done = written.some((version, at) => steps[at] === put.from && version.value === put.to);
      expect(done, details).toBe(true);
    }
  }
  expect(written.length, details).toBeGreaterThan(0);
  expect(new Set(written.map(({ by }) => by)).size, details).toBe(written.length);
}

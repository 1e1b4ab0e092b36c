import { describe, expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import type { BakeEvent } from '../../src/events/events.ts';
import { pipelineOf, type Pipeline } from '../../src/run/pipeline.ts';
import { runStages, type RunRequest } from '../../src/run/runner.ts';
import type { Stage } from '../../src/run/stage.ts';
import { newValue, type PlannedWrite } from '../../src/run/writes.ts';

type Log = string[];
interface Plan {
  item: string;
  writes: PlannedWrite[];
}

/** A stage that records its calls; `writes` decides whether its plan has anything to write. */
function stage<Name extends string, Item, SoFar>(
  name: Name,
  writes = true,
  more: Partial<Stage<Name, Log, Item, SoFar, string, Plan, string>> = {},
): Stage<Name, Log, Item, SoFar, string, Plan, string> {
  return {
    name,
    gather: async (log, item) => (log.push(`${name} gather ${String(item)}`), String(item)),
    plan: (item) => ({ item, writes: writes ? [{ what: `${name} of ${item}`, from: null, to: 'x' }] : [] }),
    writes: (plan) => plan.writes,
    preview: ({ item }) => `${name} preview ${item}`,
    apply: async (log, { item }) => void log.push(`${name} apply ${item}`),
    check: async (log, { item }) => (log.push(`${name} check ${item}`), `${name} done ${item}`),
    say: (result) => result,
    ...more,
  };
}

const empty = pipelineOf<Log, string>();

async function run<Each, Whole>(
  pipeline: Pipeline<Log, string, Each, Whole>,
  more: Partial<RunRequest<Log, string, Each, Whole>> = {},
) {
  const log: Log = [];
  const events: BakeEvent[] = [];
  const outcome = await runStages({
    world: log,
    pipeline,
    items: ['a'],
    label: (item) => item,
    mode: 'run',
    concurrency: 1,
    journal: { stage: (name, item, state) => log.push(`journal ${name} ${item} ${state}`) },
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    ...more,
  });
  return { log, events, outcome };
}

describe('the runner', () => {
  it('reads, plans, notes, writes and reads back, in this order', async () => {
    const { log, outcome } = await run(empty.each(stage('bake')));
    expect(log).toEqual([
      'bake gather a',
      'journal bake a begun',
      'bake apply a',
      'bake check a',
      'journal bake a done',
    ]);
    expect(outcome).toMatchObject({
      writes: [{ what: 'bake of a' }],
      items: [{ bake: 'bake done a' }],
    });
  });

  it('writes nothing if a plan has no writes', async () => {
    const { log, outcome } = await run(empty.each(stage('bake', false)));
    expect(log).toEqual(['bake gather a']);
    expect(outcome).toMatchObject({ writes: [], items: [{ bake: 'bake preview a' }] });
  });

  it('stops every stage of a plan before its first write, and continues with the preview', async () => {
    const seen: string[] = [];
    const pipeline = empty.each(stage('bake')).each(
      stage<'publish', string, { bake: string }>('publish', true, {
        gather: async (_log, _item, soFar) => (seen.push(soFar.bake), 'x'),
      }),
    );
    const { log, outcome } = await run(pipeline, { mode: 'plan' });
    expect(log).toEqual(['bake gather a']);
    expect(seen).toEqual(['bake preview a']);
    expect(outcome.plans.map(({ stage: name }) => name)).toEqual(['bake', 'publish']);
  });

  it('finishes the other items when one fails, and reports the failure', async () => {
    const failing = stage<'bake', string, unknown>('bake', true, {
      apply: async (_log, { item }) => {
        if (item === 'b') throw new BakeError('BASE_NEEDED', { os: 'b' });
      },
    });
    const { outcome, events } = await run(empty.each(failing).once(stage('rotate')), {
      items: ['a', 'b', 'c'],
    });
    expect(outcome.items).toHaveLength(2);
    expect(outcome.errors.map((error) => error.code)).toEqual(['BASE_NEEDED']);
    expect(outcome.whole?.rotate).toBeDefined();
    expect(events.filter((event) => event.type === 'stageFailed')).toHaveLength(1);
  });

  it('runs a stage for the whole run once, with the results of all items', async () => {
    const seen: unknown[] = [];
    const once = stage<'rotate', readonly string[], readonly { bake: string }[]>('rotate', true, {
      gather: async (_log, _items, soFar) => (seen.push(soFar), 'all'),
    });
    await run(empty.each(stage('bake')).once(once), { items: ['a', 'b'] });
    expect(seen).toEqual([[{ bake: 'bake done a' }, { bake: 'bake done b' }]]);
  });

  it('starts no further stage after it is aborted', async () => {
    const stop = new AbortController();
    const stopping = stage<'bake', string, unknown>('bake', true, {
      apply: async () => stop.abort(new Error('stop')),
    });
    await expect(run(empty.each(stopping).each(stage('publish')), { signal: stop.signal })).rejects.toThrow(
      'stop',
    );
  });
});

describe('what was agreed to', () => {
  const bakeOfA = { what: 'bake of a', from: null, to: 'x' };

  it('is applied', async () => {
    const { log, outcome } = await run(empty.each(stage('bake')), { agreed: [bakeOfA] });
    expect(log).toContain('bake apply a');
    expect(outcome.errors).toEqual([]);
  });

  it('keeps a stage from writing anything else, and lets the other items through', async () => {
    const { log, outcome } = await run(empty.each(stage('bake')), { items: ['a', 'b'], agreed: [bakeOfA] });
    expect(log).toContain('bake apply a');
    expect(log).not.toContain('bake apply b');
    expect(outcome.errors).toMatchObject([{ code: 'PLAN_CHANGED', exit: 1 }]);
    expect(outcome.errors[0]?.message).toContain('bake of b: (none) → x');
  });

  it('covers a value that only the run could know', async () => {
    const agreed = [{ ...bakeOfA, to: newValue('a') }];
    expect((await run(empty.each(stage('bake')), { agreed })).outcome.errors).toEqual([]);
  });

  it('does not cover the same write over another value', async () => {
    const agreed = [{ ...bakeOfA, from: 'y' }];
    expect((await run(empty.each(stage('bake')), { agreed })).outcome.errors).toMatchObject([
      { code: 'PLAN_CHANGED' },
    ]);
  });
});

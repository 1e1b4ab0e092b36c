import { describe, expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import type { BakeEvent } from '../../src/events/events.ts';
import { runStages, type RunRequest } from '../../src/run/runner.ts';
import type { Stage } from '../../src/run/stage.ts';

type Log = string[];
type Number = Stage<Log, string, Record<string, unknown>, string, { item: string; writes: boolean }, string>;

/** A stage that notes what is done with it; `writes` decides whether its plan has anything to write. */
function stage(name: string, scope: 'target' | 'run', writes = true, more: Partial<Number> = {}): Number {
  return {
    name,
    scope,
    gather: async (log, item) => (log.push(`${name} gather ${item}`), item),
    plan: (item) => ({ item, writes }),
    writes: (plan) => plan.writes,
    foresee: ({ item }) => `${name} foreseen ${item}`,
    apply: async (log, { item }) => void log.push(`${name} apply ${item}`),
    check: async (log, { item }) => (log.push(`${name} check ${item}`), `${name} done ${item}`),
    say: (result) => result,
    ...more,
  };
}

async function run(stages: Number[], more: Partial<RunRequest<Log, string>> = {}) {
  const log: Log = [];
  const events: BakeEvent[] = [];
  const outcome = await runStages({
    world: log,
    stages,
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
    const { log, outcome } = await run([stage('bake', 'target')]);
    expect(log).toEqual([
      'bake gather a',
      'journal bake a begun',
      'bake apply a',
      'bake check a',
      'journal bake a done',
    ]);
    expect(outcome).toMatchObject({ changed: true, items: [{ bake: 'bake done a' }] });
  });

  it('touches nothing where a plan writes nothing', async () => {
    const { log, outcome } = await run([stage('bake', 'target', false)]);
    expect(log).toEqual(['bake gather a']);
    expect(outcome).toMatchObject({ changed: false, items: [{ bake: 'bake foreseen a' }] });
  });

  it('stops every stage before its first write in a plan, and goes on with what it foresees', async () => {
    const seen: unknown[] = [];
    const later = stage('publish', 'target', true, {
      gather: async (_log, _item, soFar) => (seen.push(soFar['bake']), 'x'),
    });
    const { log, outcome } = await run([stage('bake', 'target'), later], { mode: 'plan' });
    expect(log).toEqual(['bake gather a']);
    expect(seen).toEqual(['bake foreseen a']);
    expect(outcome.changed).toBe(true);
  });

  it('lets the other items come through when one fails, and says what failed', async () => {
    const failing = stage('bake', 'target', true, {
      apply: async (_log, { item }) => {
        if (item === 'b') throw new BakeError('BASE_NEEDED', { os: 'b' });
      },
    });
    const { outcome, events } = await run([failing, stage('rotate', 'run')], { items: ['a', 'b', 'c'] });
    expect(outcome.items).toHaveLength(2);
    expect(outcome.errors.map((error) => error.code)).toEqual(['BASE_NEEDED']);
    expect(outcome.run['rotate']).toBeDefined();
    expect(events.filter((event) => event.type === 'stageFailed')).toHaveLength(1);
  });

  it('runs a stage of scope run once, with the results of all items', async () => {
    const seen: unknown[] = [];
    const once = stage('rotate', 'run', true, {
      gather: async (_log, _items, soFar) => (seen.push(soFar), 'all'),
    });
    await run([stage('bake', 'target'), once], { items: ['a', 'b'] });
    expect(seen).toEqual([[{ bake: 'bake done a' }, { bake: 'bake done b' }]]);
  });

  it('begins no further stage once it is told to stop', async () => {
    const stop = new AbortController();
    const stopping = stage('bake', 'target', true, { apply: async () => stop.abort(new Error('stop')) });
    await expect(run([stopping, stage('publish', 'target')], { signal: stop.signal })).rejects.toThrow(
      'stop',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { confirm } from '../../src/run/confirm.ts';
import type { PlannedWrite } from '../../src/run/writes.ts';

const step = (from: string, to: string): PlannedWrite => ({ what: 'stable', from, to });

/** Asks about these plans, one after the other, with these answers. */
async function asked(plans: PlannedWrite[][], answers: boolean[]) {
  const log: string[] = [];
  const result = await confirm({
    plan: async () => ({ writes: plans.shift() ?? [] }),
    show: ({ writes }) => log.push(`shows ${writes.length}`),
    ask: async (text) => (log.push(text), answers.shift() ?? false),
    textOf: ({ writes }) => `write ${writes[0]?.to}?`,
    onChange: (difference) => log.push(difference),
  });
  return { log, writes: result?.writes };
}

describe('a confirmation', () => {
  it('shows, asks, plans again, and returns the newest plan where it is the same', async () => {
    const { log, writes } = await asked([[step('a', 'b')], [step('a', 'b')]], [true]);
    expect(log).toEqual(['shows 1', 'write b?']);
    expect(writes).toEqual([step('a', 'b')]);
  });

  it('shows the difference and asks again where the plan changed after the answer', async () => {
    const { log, writes } = await asked([[step('a', 'b')], [step('b', 'c')], [step('b', 'c')]], [true, true]);
    expect(log).toEqual(['shows 1', 'write b?', '- stable: a → b\n+ stable: b → c', 'write c?']);
    expect(writes).toEqual([step('b', 'c')]);
  });

  it('writes nothing where the second answer is no', async () => {
    expect((await asked([[step('a', 'b')], [step('b', 'c')]], [true, false])).writes).toBeUndefined();
  });

  it('asks nothing where there is nothing to write, at once or after the answer', async () => {
    expect(await asked([[]], [])).toEqual({ log: [], writes: [] });
    const { log, writes } = await asked([[step('a', 'b')], []], [true]);
    expect(log.at(-1)).toBe('- stable: a → b');
    expect(writes).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { changeChannel, id, operatorsRound, stable } from '../support/operators.ts';
import { openModel } from '../support/ssm-model.ts';

describe('two operators over one channel', () => {
  it('never skip or lose a step in 200 random interleavings with lost answers (test/job runs ten thousand)', async () => {
    const rounds = Array.from({ length: 200 }, (_, seed) => operatorsRound(seed));
    await expect(Promise.all(rounds)).resolves.toHaveLength(200);
  });

  it('report a write of another program in between, and do not overwrite it', async () => {
    const model = openModel(() => 0);
    for (const value of ['a', 'b'].map(id)) model.write(stable, value, 'before');
    const plan = await changeChannel(model, 'one', 'rollback', 'plan');
    model.write(stable, id('f'), 'another program');
    const outcome = await changeChannel(model, 'one', 'rollback', 'run', plan.writes);
    expect(outcome.errors.map(({ code }) => code)).toEqual(['PLAN_CHANGED']);
    expect(model.versions(stable).at(-1)?.by).toBe('another program');
  });
});

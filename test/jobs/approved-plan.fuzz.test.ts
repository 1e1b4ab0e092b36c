import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { readPlanFile } from '../../src/jobs/approved-plan.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const whole = {
  format: 1,
  bake: '0.1.0',
  command: 'run',
  account: '111122223333',
  regions: ['us-east-1'],
  period: '2026-12',
  request: { options: { os: ['alinux2'], rebake: true }, args: [] },
  writes: [{ what: 'a', from: null, to: 'b', image: 'ami-1' }],
  plans: [],
  parts: {},
};

/** The result of reading: a plan, or the error. */
function outcome(text: string): unknown {
  try {
    return readPlanFile('plan.json', text);
  } catch (error) {
    return error;
  }
}

it('reads a whole plan', () => {
  expect(readPlanFile('plan.json', JSON.stringify(whole))).toMatchObject({ command: 'run' });
});

it('reads any text as a plan or rejects it with PLAN_UNREADABLE', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(outcome(text)).toMatchObject({ code: 'PLAN_UNREADABLE', exit: 2 });
    }),
    { numRuns },
  );
});

it('rejects a plan with a value of another type or an unknown option', () => {
  const keys = Object.keys(whole).filter((key) => key !== 'parts' && key !== 'plans');
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
      const found = outcome(JSON.stringify({ ...whole, [key]: value }));
      if (found instanceof Error) expect(found).toBeInstanceOf(BakeError);
      else expect(typeof value).toBe(typeof whole[key as keyof typeof whole]);
    }),
    { numRuns },
  );
  for (const options of [
    { yes: true },
    { os: 'alinux2' },
    { rebake: 'yes' },
    { __proto__: null, state: '/' },
  ]) {
    expect(outcome(JSON.stringify({ ...whole, request: { options, args: [] } }))).toMatchObject({
      code: 'PLAN_UNREADABLE',
    });
  }
});

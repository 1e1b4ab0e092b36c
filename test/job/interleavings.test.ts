/** Tests ten thousand moments at which two operators may change the same channel. */
import { expect, it } from 'vitest';
import { operatorsRound } from '../support/operators.ts';

const ROUNDS = 10_000;
/** Rounds that run at the same time: a round mostly waits for a lease. */
const AT_ONCE = 1000;

it('two operators never skip or lose a step', async () => {
  let done = 0;
  for (let seed = 0; seed < ROUNDS; seed += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        await operatorsRound(seed + index);
        done++;
      }),
    );
  }
  expect(done).toBe(ROUNDS);
}, 900_000);

/** The seed of random inputs in this process (fuzz-seed.ts). */
const { FUZZ_SEED, FUZZ_RUNS } = process.env;

export const fuzzSeed = Number(
  FUZZ_SEED ?? (FUZZ_RUNS === undefined ? 20_261_201 : Math.floor(Math.random() * 2 ** 31)),
);

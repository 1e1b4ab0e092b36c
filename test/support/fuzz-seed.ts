/**
 * Sets the seed of every property test: the same in `npm test` and CI, so that a red run is red again; a random one in
 * `npm run fuzz`, which sets FUZZ_RUNS. FUZZ_SEED repeats a run. fast-check prints the seed of a failure; add the input
 * to the test as an explicit example.
 */
import fc from 'fast-check';
import { fuzzSeed } from './seed.ts';

fc.configureGlobal({ seed: fuzzSeed });

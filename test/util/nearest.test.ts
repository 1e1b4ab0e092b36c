/** Tests of "did you mean". */
import { expect, it } from 'vitest';
import { nearest } from '../../src/util/nearest.ts';

it.each([
  ['regoin', ['regions', 'region'], 'region'],
  ['aliunx2', ['alinux2', 'alinux2023'], 'alinux2'],
  ['REFRESH', ['refresh'], 'refresh'],
  ['us-esat-1', ['us-west-1', 'us-east-1'], 'us-east-1'],
  ['zebra', ['mirrors', 'trust'], undefined],
  ['', ['a'], undefined],
  ['x'.repeat(100_000), ['x'], undefined],
])('takes %j of %j for %j', (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});

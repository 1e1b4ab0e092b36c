/** Owns the shape of a recipe (what goes into an image, in which order) and of the expectations beside it. */
import { z } from 'zod';
import { choice, filePath, list, section, text } from './leaves.ts';

/** The steps a recipe names without bringing a script. */
export const builtinSteps = ['mirrors', 'trust', 'assets', 'hygiene'] as const;

const script = section({
  script: filePath('the path of a bash script such as files/site.sh').describe(
    'A bash script of yours, run as root at this place; relative to the folder of bakery.yaml.',
  ),
});

const step = z.union([choice(builtinSteps), script], {
  error: `one of ${builtinSteps.join(', ')}, or { script: FILE }`,
});

const expectation = section({
  command: text('a shell command').describe('Run inside the baked image; exit status 0 passes.'),
  because: text('why it matters, in a few words').describe(
    'Why anybody should care; shown beside the result.',
  ),
  id: text('a name of letters, digits, "-", "_" or "."', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional()
    .describe('A short stable name of the row. Default: the file name or "expect" with a number.'),
});

export const recipeSchema = section({
  steps: list(step, 'a list of steps such as [mirrors, trust, hygiene]')
    .min(1, { error: 'at least one step such as hygiene' })
    .describe('What is done to the image, in this order: a built-in step by name, or a script of yours.'),
  expect: list(
    z.union([filePath('the path of an expect file'), expectation], {
      error: 'the path of a file, or { command, because }',
    }),
    'a list of files and of { command, because }',
  )
    .default([])
    .describe(
      'What must be true inside the baked image, beside the built-in checks: a file, or { command, because }.',
    ),
});

export const expectSchema = list(expectation, 'a list of { command, because }');

export type Recipe = z.output<typeof recipeSchema>;
export type Expectation = z.output<typeof expectation>;

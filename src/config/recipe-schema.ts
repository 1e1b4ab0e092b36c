/** Owns the shape of a recipe (what goes into an image, in which order) and of the expectations beside it. */
import { z } from 'zod';
import { choice, filePath, list, section, text } from './leaves.ts';

/** The steps a recipe names without bringing a script. */
export const builtinSteps = ['mirrors', 'trust', 'assets', 'hygiene'] as const;
/** The ready-made steps of a node's first boot. */
const firstBootSteps = ['joinDomain'] as const;

const script = section({
  script: filePath('the path of a bash script such as files/site.sh').describe(
    'A bash script of yours, run as root at this place; relative to the folder of bakery.yaml.',
  ),
});

const assetName = () => text('the name of an asset in assets.yaml', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const packageName = () => text('a package name such as htop', /^[A-Za-z0-9@][A-Za-z0-9@+._:~=-]{0,127}$/);

const install = z.union(
  [
    packageName(),
    section({
      asset: assetName().describe('A package file (rpm or deb) of assets.yaml, installed from the image.'),
    }),
    section({
      installer: assetName().describe("A vendor's own installer, an asset that assets put into the image."),
      arguments: list(text('an argument', /^[^\0]{1,1000}$/), 'a list of arguments')
        .default([])
        .describe('Its arguments; {answers} is the path of the answer file.'),
      answers: filePath('the path of an answer file such as files/answers.txt')
        .optional()
        .describe('Answers for an unattended installation; no secrets. Removed after it.'),
      creates: text('an absolute path', /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u).describe(
        'What is there when it did its work; with it there already, it is not run again.',
      ),
    }),
  ],
  { error: 'a package name, { asset }, or { installer, arguments, answers, creates }' },
);

const packages = section({
  packages: section({
    install: list(install, 'a list of packages').default([]).describe('What is installed.'),
    remove: list(packageName(), 'a list of package names').default([]).describe('What is removed.'),
    upgrade: choice(['security', 'all', 'none'])
      .default('none')
      .describe("Which updates are taken; the kernel and what is built against it stay ParallelCluster's."),
    hold: list(
      text('a package name, * and ? allowed', /^[A-Za-z0-9*?][A-Za-z0-9*?+._-]{0,127}$/),
      'a list of package names',
    )
      .default([])
      .describe('What no upgrade may move, beside what ParallelCluster is built against.'),
    holds: choice(['keep', 'release'])
      .default('keep')
      .describe('Whether those packages stay held in the image, or only during the bake.'),
  }).describe('Packages to install, remove and upgrade.'),
});

const firstBoot = section({
  firstBoot: list(
    z.union([choice(firstBootSteps), script], { error: 'joinDomain, or { script: FILE }' }),
    'a list such as [joinDomain]',
  )
    .min(1, { error: 'at least one step such as joinDomain' })
    .describe('What each instance does once, at its first boot: joinDomain, or a script of yours.'),
});

const step = z.union([choice(builtinSteps), script, packages, firstBoot], {
  error: `one of ${builtinSteps.join(', ')}, or { script: FILE }, { packages: … }, { firstBoot: […] }`,
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
    z.union([filePath('a shipped list such as closed-network, or the path of a file'), expectation], {
      error: 'a shipped list such as closed-network, the path of a file, or { command, because }',
    }),
    'a list of files and of { command, because }',
  )
    .default([])
    .describe(
      'What must be true inside the baked image, beside the built-in checks: a shipped list by its bare name, a file, or { command, because }.',
    ),
});

export const expectSchema = list(expectation, 'a list of { command, because }');

export type Recipe = z.output<typeof recipeSchema>;
export type Expectation = z.output<typeof expectation>;

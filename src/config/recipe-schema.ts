/** The schemas of a recipe (what goes into an image, in which order) and of its expectations. */
import { z } from 'zod';
import { choice, filePath, list, section, text } from './leaves.ts';

/** The steps that a recipe can name without a script of its own. */
export const builtinSteps = ['mirrors', 'trust', 'assets', 'hygiene'] as const;
/** The built-in steps of the first boot of a node. */
const firstBootSteps = ['joinDomain'] as const;

const script = section({
  script: filePath('the path of a bash script such as files/site.sh').describe(
    'A bash script of yours, which bake runs as root at this point; the path is relative to the folder of bakery.yaml.',
  ),
});

const assetName = () => text('the name of an asset in assets.yaml', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const packageName = () => text('a package name such as htop', /^[A-Za-z0-9@][A-Za-z0-9@+._:~=-]{0,127}$/);

const install = z.union(
  [
    packageName(),
    section({
      asset: assetName().describe(
        'A package file (rpm or deb) of assets.yaml, which is installed from the image.',
      ),
    }),
    section({
      installer: assetName().describe(
        'The installer of a vendor: an asset that the step assets put into the image.',
      ),
      arguments: list(text('an argument', /^[^\0]{1,1000}$/), 'a list of arguments')
        .default([])
        .describe('The arguments of the installer; {answers} is replaced by the path of the answer file.'),
      answers: filePath('the path of an answer file such as files/answers.txt')
        .optional()
        .describe('Answers for an unattended installation, without secrets. Deleted after the installation.'),
      creates: text('an absolute path', /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u).describe(
        'A path that the installer creates; if it exists already, the installer is skipped.',
      ),
    }),
  ],
  { error: 'a package name, { asset }, or { installer, arguments, answers, creates }' },
);

const packages = section({
  packages: section({
    install: list(install, 'a list of packages').default([]).describe('Packages to install.'),
    remove: list(packageName(), 'a list of package names').default([]).describe('Packages to remove.'),
    upgrade: choice(['security', 'all', 'none'])
      .default('none')
      .describe(
        'Which updates to install; the kernel and what is built against it stay as ParallelCluster installed them.',
      ),
    release: text(
      'a release in quotes such as "latest", "2023.9.20251110" or "9.6"',
      /^[a-z0-9][a-z0-9.]{0,30}$/,
    )
      .optional()
      .describe(
        'The release of the OS to take packages from. alinux2023: the release to move to, latest or a named one, which is a folder of the mirror; an upgrade needs it. RHEL and Rocky Linux: a point release such as "9.6", if the mirror has a folder for each. Other systems accept latest only, which changes nothing there.',
      ),
    mix: choice(['refuse', 'allow'])
      .default('refuse')
      .describe(
        'RHEL and Rocky Linux: whether the image may have packages of a newer point release than its kernel, which stays.',
      ),
    hold: list(
      text('a package name, * and ? allowed', /^[A-Za-z0-9*?][A-Za-z0-9*?+._-]{0,127}$/),
      'a list of package names',
    )
      .default([])
      .describe(
        'Packages that no upgrade may change, in addition to those that ParallelCluster is built against.',
      ),
    holds: choice(['keep', 'release'])
      .default('keep')
      .describe('keep: these packages stay held in the image. release: they are held only during the bake.'),
  }).describe('Packages to install, remove and upgrade.'),
});

const firstBoot = section({
  firstBoot: list(
    z.union([choice(firstBootSteps), script], { error: 'joinDomain, or { script: FILE }' }),
    'a list such as [joinDomain]',
  )
    .min(1, { error: 'at least one step such as joinDomain' })
    .describe('Steps that each instance runs once, at its first boot: joinDomain, or a script of yours.'),
});

const step = z.union([choice(builtinSteps), script, packages, firstBoot], {
  error: `one of ${builtinSteps.join(', ')}, or { script: FILE }, { packages: … }, { firstBoot: […] }`,
});

const expectation = section({
  command: text('a shell command').describe(
    'A command that runs inside the baked image; exit status 0 passes.',
  ),
  because: text('why it matters, in a few words').describe('Why the check matters; shown beside the result.'),
  id: text('a name of letters, digits, "-", "_" or "."', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional()
    .describe('A short stable name of the check. Default: the file name or "expect" with a number.'),
});

export const recipeSchema = section({
  steps: list(step, 'a list of steps such as [mirrors, trust, hygiene]')
    .min(1, { error: 'at least one step such as hygiene' })
    .describe(
      'The steps that change the image, in this order: a built-in step by name, or a script of yours.',
    ),
  expect: list(
    z.union([filePath('a shipped list such as closed-network, or the path of a file'), expectation], {
      error: 'a shipped list such as closed-network, the path of a file, or { command, because }',
    }),
    'a list of files and of { command, because }',
  )
    .default([])
    .describe(
      'What must be true inside the baked image, in addition to the built-in checks: a shipped list by its bare name, a file, or { command, because }.',
    ),
});

export const expectSchema = list(expectation, 'a list of { command, because }');

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeExpectation = z.output<typeof expectation>;

/** The list of commands as data, for help, completion and parsing. */
import { OF_ENGINES, type CommandSpec } from './command.ts';
import { runOptions } from './options.ts';

/** The command of a command line without a command name. */
export const defaultCommand = 'run';

/** The meaning of --out for commands that change a channel or files. */
const PLAN_OUT = 'save the plan in this file and write nothing else; exit 1 if there is anything to change';

export const commands: readonly CommandSpec[] = [
  {
    name: 'run',
    group: 'main',
    summary: 'the main job; bake --os ID means bake run --os ID',
    about:
      'Resolves, renders, bakes, verifies, publishes and rotates the selected targets, or all targets of bakery.yaml with --all. A second run changes nothing. To resume a run that was killed, repeat the command.',
    options: [...runOptions, 'plan'],
    examples: [
      ['bake --os alinux2 --sandbox', 'the whole job on the embedded AWS'],
      ['bake --os alinux2 --os rocky9', 'two targets of bakery.yaml'],
      ['bake --all --channel candidate --json', 'every target, to another channel'],
    ],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'plan',
    group: 'main',
    summary: 'show what a run would bake, publish and rotate',
    about:
      'Exit 1 if a run would change anything, 0 if not. With --out the plan is saved in a file; bake run --plan applies exactly that plan.',
    options: [...runOptions, 'out'],
    notes: { out: 'file to save the plan in' },
    examples: [
      ['bake plan --all', 'what a run of every target would do'],
      ['bake plan --os alinux2 --sandbox --json', 'the same entries as bake run --json, for scripts'],
      ['bake plan --all --out plan.json', 'for an approval; then bake run --plan plan.json'],
    ],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'render',
    group: 'main',
    summary: "write the engine's files and the step scripts to a folder",
    about: 'To read the files, or to run them by hand where bake cannot run.',
    options: [...runOptions, 'out', 'nodeScript'],
    examples: [
      OF_ENGINES,
      ['bake render --os alinux2 --node-script', 'node-start.sh, for S3 and OnNodeStart'],
    ],
    load: () => import('./commands/render.ts'),
  },
  {
    name: 'rehearse',
    group: 'main',
    summary: 'run the exact steps and checks in a root filesystem on this machine',
    about: 'Uses neither AWS nor a network, except the given namespace, and changes nothing on this machine.',
    options: [...runOptions, 'rootfs', 'network', 'junit', 'sbom'],
    examples: [
      ['bake rehearse --os ubuntu2204', "in an overlay over this machine's own programs"],
      ['bake rehearse --os rocky9 --rootfs rocky9.tar', 'in a root filesystem of that OS'],
      ['bake rehearse --os ubuntu2204 --junit verify.xml', 'with the verify list for a CI system'],
    ],
    load: () => import('./commands/rehearse.ts'),
  },
  {
    name: 'verify',
    group: 'main',
    summary: 'boot a baked image again and run its verify list',
    about:
      '{engines} Without --image, bake verifies the image that a run would adopt today, or else the image in the channel. Exit 1 if a check fails.',
    options: [
      'os',
      'all',
      'arch',
      'parallelcluster',
      'region',
      'recipe',
      'channel',
      'image',
      'junit',
      'provenance',
    ],
    examples: [
      ['bake verify --os ubuntu2204', 'the image that a run would adopt, or the one in the channel'],
      [
        'bake verify --os ubuntu2204 --image ami-0a1b2c3d4e5f60718 --junit verify.xml',
        'one image, for a CI system',
      ],
      ['bake verify --all --provenance', 'the signatures of the images in the channels'],
    ],
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'reap',
    group: 'main',
    summary: 'remove what dead runs left behind',
    about:
      'Finds instances, volumes, key pairs, security groups, unfinished images and snapshots with the tag bakery:run of a run that no longer holds a lease, and shows them before it removes them. It never removes finished or published images.',
    options: ['os', 'region'],
    examples: [
      ['bake reap', 'shows the leftovers, asks, and removes them'],
      ['bake reap --yes --json', 'for a scheduled job'],
    ],
    load: () => import('./commands/reap.ts'),
  },
  {
    name: 'images',
    group: 'main',
    summary: 'list official and baked images with age and channel, or compare two images',
    about:
      'bake images diff A B shows changes of kernel and drivers first, then packages that were added, removed, upgraded and downgraded. A and B are ids of baked AMIs or paths of CycloneDX files.',
    arguments: [
      { name: 'action', summary: 'default: list the images', choices: ['diff'] },
      { name: 'a', summary: 'with diff: AMI id or SBOM file to compare from' },
      { name: 'b', summary: 'with diff: AMI id or SBOM file to compare to' },
    ],
    options: ['os', 'arch', 'parallelcluster', 'region', 'official', 'whereUsed', 'format'],
    examples: [
      ['bake images --os alinux2', 'the images of one OS'],
      ['bake images --where-used', 'also the files and lines that use each image, stale or current'],
      ['bake images --official --region eu-west-1 --json', 'the official images, for scripts'],
      [
        'bake images diff ami-0a1b2c3d4e5f60718 ami-00909c2f462ff8e3b --format markdown',
        'what changed, for a pull request',
      ],
    ],
    load: () => import('./commands/images.ts'),
  },
  {
    name: 'publish',
    group: 'main',
    summary: 'put a baked image into a channel without baking',
    about:
      'Publishes the newest verified image of each target, or the image that --image names, copies it to Regions that lack it, and rotates the references in cluster configs.',
    options: [
      'os', 'arch', 'parallelcluster', 'region', 'channel', 'image', 'unverified', 'noRotate', 'plan', 'out',
    ], // prettier-ignore
    notes: { out: PLAN_OUT },
    examples: [
      ['bake publish --os alinux2 --channel candidate', 'its newest verified image'],
      ['bake publish --os alinux2 --image ami-0a1b2c3d4e5f60718', 'this image, even if it was rolled back'],
    ],
    load: () => import('./commands/publish.ts'),
  },
  {
    name: 'promote',
    group: 'main',
    summary: 'put the image of one channel into another: candidate becomes stable',
    about:
      'Checks every Region before it writes the first. Promotes only images that passed verification, and rotates the references in cluster configs. By default it promotes from publish.channel (or candidate, if that is stable) to stable.',
    options: [
      'os', 'arch', 'parallelcluster', 'region', 'from', 'to', 'unverified', 'noRotate', 'plan', 'out',
    ], // prettier-ignore
    notes: { out: PLAN_OUT },
    examples: [
      ['bake promote', 'every target of bakery.yaml, after showing what changes'],
      ['bake promote --os alinux2 --from candidate --to stable --yes', 'one target, without a question'],
      ['bake promote --out plan.json', 'for an approval; then bake promote --plan plan.json'],
    ],
    load: () => import('./commands/promote.ts'),
  },
  {
    name: 'rollback',
    group: 'main',
    summary: 'return a channel to its previous image at once',
    about:
      'Uses the history of the parameter in every Region. Later runs do not publish the withdrawn image again; they change the channel when they have a new image. References in cluster configs are rotated.',
    options: ['os', 'arch', 'parallelcluster', 'region', 'channel', 'to', 'noRotate', 'plan', 'out'],
    notes: {
      out: PLAN_OUT,
      channel: 'channel to roll back (default: stable)',
      to: 'how many images back (default: 1)',
    },
    examples: [
      ['bake rollback --os alinux2', 'after a bad promote'],
      ['bake rollback --os alinux2 --to 2 --yes', 'two images back, without a question'],
    ],
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'rotate',
    group: 'main',
    summary: 'update AMI references in files to the published images, and change nothing else',
    about:
      'Reads cluster configs, CloudFormation, Terraform, INI, JSON and shell files. Each old id is replaced by the image of the same family in the channel. Only ids change, with the names and dates that comments give for them. Root and head-node images are reported and not changed. --map, and --to with --family, need neither AWS nor bakery.yaml; if the environment has credentials, bake also checks the new images.',
    arguments: [
      {
        name: 'files',
        summary: 'files, folders, patterns (default: rotate.paths of bakery.yaml)',
        variadic: true,
      },
    ],
    options: [
      'os',
      'arch',
      'parallelcluster',
      'region',
      'fromChannel',
      'map',
      'to',
      'family',
      'check',
      'diff',
      'allowUnresolved',
      'includeRoot',
      'insertQueueOverrides',
      'literal',
      'validate',
      'pr',
      'remote',
      'commitPerCluster',
      'plan',
      'out',
    ],
    notes: {
      out: PLAN_OUT,
      os: 'only references to images of this OS (repeatable)',
      region: 'only clusters in this Region (repeatable); with --to: the Region of that image',
      to: 'AMI id that the references of --family move to',
    },
    examples: [
      ['bake rotate', 'every reference under rotate.paths of bakery.yaml'],
      ['bake rotate --check --allow-unresolved', 'exit 1 if any reference is stale; writes nothing'],
      ['bake rotate clusters/ infra/main.tf --diff', 'the changes, to read or for git apply'],
      [
        'bake rotate clusters/ --map ami-0a1b2c3d4e5f60718=ami-00909c2f462ff8e3b',
        'one id to another, without AWS',
      ],
      ['bake rotate --pr --remote', 'a branch, a commit and a pull request'],
    ],
    load: () => import('./commands/rotate.ts'),
  },
  {
    name: 'template',
    group: 'main',
    summary: 'export a cluster config as a CloudFormation template that follows a channel',
    about:
      "The template contains the config unchanged inside ParallelCluster's custom resource, with parameters in place of the AMI ids of a channel; CloudFormation reads them again at each stack update. Root and head-node ids stay. If only the root has an image, each queue gets its own. With --os and --parallelcluster, bake does not call AWS.",
    arguments: [{ name: 'file', summary: 'a ParallelCluster 3 config', required: true }],
    options: [
      'out',
      'os',
      'arch',
      'parallelcluster',
      'region',
      'fromChannel',
      'includeRoot',
      'validate',
      'upload',
    ],
    notes: {
      out: 'file to write, or - for stdout (default: NAME.template.yaml next to the config)',
      os: "the OS of the config's images (default: its Image.Os)",
      parallelcluster: "release of the cluster (default: that of the config's images)",
      region: 'Region of the cluster (default: from the config, or bakery.yaml)',
      includeRoot: 'root and head node follow the channel, too (for a new stack)',
      validate: 'check it with the installed cfn-lint, and the config in it with pcluster',
    },
    examples: [
      ['bake template clusters/prod.yaml', 'writes clusters/prod.template.yaml'],
      [
        'bake template clusters/prod.yaml --upload s3://hpc-templates/clusters',
        'also prints a link for a colleague',
      ],
      ['bake template prod.yaml --os alinux2 --parallelcluster 3.15.1 --out -', 'without a call to AWS'],
    ],
    load: () => import('./commands/template.ts'),
  },
  {
    name: 'schedule',
    group: 'set-up',
    summary: 'set up monthly runs: Image Builder pipelines or a GitHub workflow',
    about: OF_ENGINES,
    options: [
      'os',
      'arch',
      'parallelcluster',
      'region',
      'recipe',
      'channel',
      'engine',
      'github',
      'cron',
      'delete',
    ],
    notes: { engine: OF_ENGINES, delete: 'delete the pipelines; images stay' },
    examples: [
      OF_ENGINES,
      ['bake schedule --github --cron "17 4 1 * *"', 'writes .github/workflows/bake.yml'],
    ],
    load: () => import('./commands/schedule.ts'),
  },
  {
    name: 'assets',
    group: 'main',
    summary: 'lock, fetch and mirror the files that images need from GitHub',
    about:
      'lock resolves assets.yaml to exact addresses and digests and shows the changes. fetch downloads the locked files into the store. verify reads all of them again (exit 1 if something is wrong). mirror publishes the store. gc removes files that are not in the lock.',
    arguments: [
      {
        name: 'action',
        summary: 'what to do',
        required: true,
        choices: ['lock', 'fetch', 'verify', 'mirror', 'gc'],
      },
    ],
    options: ['update', 'full', 'to'],
    notes: { to: 's3://BUCKET/PREFIX or folder to publish to (mirror) or to check (verify)' },
    examples: [
      ['bake assets lock --update tool', 'look for a newer tool and keep the others'],
      ['bake assets fetch', 'from the sources of assets.yaml, then from GitHub'],
      ['bake assets mirror --to s3://bucket/assets', 'for machines that cannot reach GitHub'],
    ],
    load: () => import('./commands/assets.ts'),
  },
  {
    name: 'init',
    group: 'set-up',
    summary: 'write a commented bakery.yaml and a workflow for this folder',
    about:
      'Finds cluster configs, their release, and certs/*.pem. Never overwrites a file. The workflow goes to the root of the repository. The recipe is the shipped standard; --own-recipe copies it to recipes/standard.yaml.',
    options: ['os', 'ownRecipe'],
    examples: [
      ['bake init', 'then read bakery.yaml and try bake plan'],
      ['bake init --own-recipe', 'with a recipe to add packages and scripts to'],
    ],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'iam',
    group: 'set-up',
    summary: 'print the least IAM policy of a command',
    about: 'The policy uses the names of bakery.yaml, and names resources for all actions that support it.',
    arguments: [
      {
        name: 'command',
        summary: 'which command the policy is for (default: run)',
        choices: [
          'run',
          'plan',
          'images',
          'publish',
          'promote',
          'rollback',
          'rotate',
          'template',
          'assets',
          'reap',
          'schedule',
          'verify',
        ],
      },
    ],
    options: ['engine'],
    examples: [
      ['bake iam > policy.json', 'for aws iam create-policy --policy-document file://policy.json'],
      OF_ENGINES,
      ['bake iam promote', 'for the people who approve a month'],
    ],
    load: () => import('./commands/iam.ts'),
  },
  {
    name: 'sandbox',
    group: 'set-up',
    summary: 'serve the embedded AWS until stopped',
    about: 'To use it with an SDK or the AWS CLI, set AWS_ENDPOINT_URL to the printed endpoint.',
    options: ['port', 'clock', 'faults', 'rootfs'],
    examples: [
      [
        'bake sandbox --port 4599',
        'then: aws ec2 describe-images --owners amazon --endpoint-url http://127.0.0.1:4599',
      ],
    ],
    load: () => import('./commands/sandbox.ts'),
  },
  {
    name: 'completion',
    group: 'set-up',
    summary: 'print a completion script for bash, zsh or fish',
    arguments: [
      {
        name: 'shell',
        summary: 'the shell to complete in',
        required: true,
        choices: ['bash', 'zsh', 'fish'],
      },
    ],
    options: [],
    examples: [
      ['source <(bake completion bash)', 'for this shell; put the line into ~/.bashrc to keep it'],
      ['bake completion fish > ~/.config/fish/completions/bake.fish', 'for fish'],
    ],
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'explain',
    group: 'set-up',
    summary: 'explain an error code, or show a shipped recipe or example; list them all',
    arguments: [
      {
        name: 'code',
        summary: 'an error code such as CA_LEAF, a recipe such as standard, an example such as bakery.yaml',
      },
    ],
    options: [],
    examples: [
      ['bake explain CA_LEAF', 'the cause, and what to do'],
      ['bake explain standard', 'the steps and expectations of this recipe'],
      ['bake explain bakery.yaml', 'every setting, with comments'],
    ],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'schema',
    group: 'hidden',
    summary: 'print the JSON Schema of bakery.yaml, a recipe or an assets file',
    arguments: [
      { name: 'kind', summary: 'which file (default: bakery)', choices: ['bakery', 'recipe', 'assets'] },
    ],
    options: [],
    examples: [['bake schema > schema/bakery.schema.json', 'the same as npm run schema']],
    load: () => import('./commands/schema.ts'),
  },
];

export function findCommand(name: string): CommandSpec | undefined {
  return commands.find((command) => command.name === name);
}

/** Owns the list of commands, as data: help, completion and parsing all come from here. */
import { OF_ENGINES, type CommandSpec } from './command.ts';
import { runOptions } from './options.ts';

/** What `bake` without a command's name does. */
export const defaultCommand = 'run';

/** What --out means for commands that change a channel or files. */
const PLAN_OUT = 'file to save the plan in; nothing is written, exit 1 if there is anything to change';

export const commands: readonly CommandSpec[] = [
  {
    name: 'run',
    group: 'main',
    summary: 'the main job; bake --os ID means bake run --os ID',
    about:
      'Resolve, render, bake, verify, publish, rotate, for the named targets or for all of bakery.yaml with --all. A second run changes nothing; a run that was killed goes on when repeated.',
    options: [...runOptions, 'plan'],
    examples: [
      ['bake --os alinux2 --sandbox', 'the whole job on the embedded AWS: no account is touched'],
      ['bake --os alinux2 --os rocky9', 'two targets of bakery.yaml'],
      ['bake --all --channel candidate --json', 'every target, published to another channel'],
    ],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'plan',
    group: 'main',
    summary: 'the same up to the first write: what would be baked, published, rotated',
    about:
      'Exit 1 if a run would change anything, 0 if not. With --out the plan goes into a file for bake run --plan, which applies it and nothing else.',
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
    about: 'For reading, and for running by hand where bake itself may not.',
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
    about: 'No AWS, and no network but the namespace given. Nothing on this machine is changed.',
    options: [...runOptions, 'rootfs', 'network', 'junit', 'sbom'],
    examples: [
      ['bake rehearse --os ubuntu2204', "in an overlay over this machine's own programs"],
      ['bake rehearse --os rocky9 --rootfs rocky9.tar', 'in a root filesystem of the real thing'],
      ['bake rehearse --os ubuntu2204 --junit verify.xml', 'and the verify list for a CI system'],
    ],
    load: () => import('./commands/rehearse.ts'),
  },
  {
    name: 'verify',
    group: 'main',
    summary: 'boot a baked image once more and run its verify list',
    about:
      '{engines} Without --image it is the image of the fingerprint that a run would bake today, else the one in the channel. Exit 1 if a check is red.',
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
      ['bake verify --os ubuntu2204', 'what a run would adopt, or what the channel has'],
      [
        'bake verify --os ubuntu2204 --image ami-0a1b2c3d4e5f60718 --junit verify.xml',
        'one image, for a CI system',
      ],
      ['bake verify --all --provenance', 'whether what was signed holds for the images in the channels'],
    ],
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'reap',
    group: 'main',
    summary: 'remove what dead runs left behind',
    about:
      'Instances, volumes, key pairs, security groups, half-made images and snapshots that carry the tag bakery:run of a run that holds no lease any more; shown before they are removed. Images that were finished or published are never touched.',
    options: ['os', 'region'],
    examples: [
      ['bake reap', 'shows what there is, asks, removes'],
      ['bake reap --yes --json', 'for a scheduled job'],
    ],
    load: () => import('./commands/reap.ts'),
  },
  {
    name: 'images',
    group: 'main',
    summary: 'official and baked images per Region, with age and channel; what differs between two',
    about:
      'bake images diff A B: kernel and drivers that changed, then packages added, removed, upgraded and downgraded. A and B are AMI ids of ours, or paths of CycloneDX files.',
    arguments: [
      { name: 'action', summary: 'without it, the list', choices: ['diff'] },
      { name: 'a', summary: 'with diff: AMI id or SBOM file to compare from' },
      { name: 'b', summary: 'with diff: AMI id or SBOM file to compare to' },
    ],
    options: ['os', 'arch', 'parallelcluster', 'region', 'official', 'whereUsed', 'format'],
    examples: [
      ['bake images --os alinux2', 'what there is for one OS'],
      ['bake images --where-used', 'and which file and line uses which, stale or current'],
      ['bake images --official --region eu-west-1 --json', 'the official ones, for scripts'],
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
    summary: 'put an image of ours into a channel without baking',
    about:
      'The newest verified image of each target, or the one that --image names; copies are made where a Region lacks it. References in cluster configs follow.',
    options: [
      'os', 'arch', 'parallelcluster', 'region', 'channel', 'image', 'unverified', 'noRotate', 'plan', 'out',
    ], // prettier-ignore
    notes: { out: PLAN_OUT },
    examples: [
      ['bake publish --os alinux2 --channel candidate', 'its newest verified image'],
      [
        'bake publish --os alinux2 --image ami-0a1b2c3d4e5f60718',
        'this image, also one that was rolled back',
      ],
    ],
    load: () => import('./commands/publish.ts'),
  },
  {
    name: 'promote',
    group: 'main',
    summary: 'move a channel to the image of another: candidate becomes stable',
    about:
      'Every Region is looked at before any is written. Only images that passed verification move. References in cluster configs follow. By default from publish.channel (candidate, where that is stable) to stable.',
    options: [
      'os', 'arch', 'parallelcluster', 'region', 'from', 'to', 'unverified', 'noRotate', 'plan', 'out',
    ], // prettier-ignore
    notes: { out: PLAN_OUT },
    examples: [
      ['bake promote', 'every target of bakery.yaml, after showing what changes'],
      ['bake promote --os alinux2 --from candidate --to stable --yes', 'one target, unasked'],
      ['bake promote --out plan.json', 'for an approval; then bake promote --plan plan.json'],
    ],
    load: () => import('./commands/promote.ts'),
  },
  {
    name: 'rollback',
    group: 'main',
    summary: 'take a channel back to the image it held before, at once',
    about:
      'By the history of the parameter, in every Region. The image that is taken out does not come back by itself: runs leave the channel alone until they have a better one. References in cluster configs follow.',
    options: ['os', 'arch', 'parallelcluster', 'region', 'channel', 'to', 'noRotate', 'plan', 'out'],
    notes: {
      out: PLAN_OUT,
      channel: 'channel to take back (default: stable)',
      to: 'how many images back (default: 1)',
    },
    examples: [
      ['bake rollback --os alinux2', 'after a bad promote'],
      ['bake rollback --os alinux2 --to 2 --yes', 'two images back, unasked'],
    ],
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'rotate',
    group: 'main',
    summary: 'move AMI references in files to the published images, and not one other byte',
    about:
      "Cluster configs, CloudFormation, Terraform, INI, JSON, shell: old id → its image family → the family's image in the channel; two queues on two families stay so. Only ids change, and the names and dates that comments give for them. Root and head-node images stay and are reported. --map, and --to with --family, need neither AWS nor bakery.yaml; with credentials in the environment the new images are checked all the same.",
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
      region: 'only clusters in this Region (repeatable); with --to: where that image is',
      to: 'AMI id that the references of --family move to',
    },
    examples: [
      ['bake rotate', 'every reference under rotate.paths of bakery.yaml'],
      ['bake rotate --check --allow-unresolved', 'exit 1 if any reference is stale; writes nothing'],
      ['bake rotate clusters/ infra/main.tf --diff', 'what would change, to read or for git apply'],
      [
        'bake rotate clusters/ --map ami-0a1b2c3d4e5f60718=ami-00909c2f462ff8e3b',
        'this id to that one, without AWS',
      ],
      ['bake rotate --pr --remote', 'a branch, a commit and a pull request'],
    ],
    load: () => import('./commands/rotate.ts'),
  },
  {
    name: 'template',
    group: 'main',
    summary: 'a cluster config as a CloudFormation template that follows a channel',
    about:
      "The config's own bytes inside ParallelCluster's custom resource, and where AMI ids of a channel stood, a parameter that CloudFormation reads anew at each stack update. Root and head-node ids stay; a config with a root image only gets one for each queue. Nothing is asked of AWS where --os and --parallelcluster say what the ids are.",
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
      out: 'file to write, or - for stdout (default: NAME.template.yaml beside the config)',
      os: "the OS of the config's images (default: its Image.Os)",
      parallelcluster: "release of the cluster (default: that of the config's images)",
      region: 'Region of the cluster (default: as the config says, or bakery.yaml)',
      includeRoot: 'root and head node follow, too: for a new stack',
      validate: 'check it with cfn-lint, and the config in it with pcluster, as installed here',
    },
    examples: [
      ['bake template clusters/prod.yaml', 'writes clusters/prod.template.yaml'],
      [
        'bake template clusters/prod.yaml --upload s3://hpc-templates/clusters',
        'and prints a link for a colleague',
      ],
      ['bake template prod.yaml --os alinux2 --parallelcluster 3.15.1 --out -', 'without a call to AWS'],
    ],
    load: () => import('./commands/template.ts'),
  },
  {
    name: 'schedule',
    group: 'set-up',
    summary: 'have the month run by itself: Image Builder pipelines, or a GitHub workflow',
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
    notes: { engine: OF_ENGINES, delete: 'remove the pipelines; images stay' },
    examples: [
      OF_ENGINES,
      ['bake schedule --github --cron "17 4 1 * *"', 'writes .github/workflows/bake.yml'],
    ],
    load: () => import('./commands/schedule.ts'),
  },
  {
    name: 'assets',
    group: 'main',
    summary: 'what images need from GitHub: locked by digest, fetched once, served from inside',
    about:
      'lock resolves assets.yaml to exact addresses and digests and shows what changed; fetch brings what is locked into the store; verify reads all of it again (exit 1 where something is wrong); mirror publishes the store; gc removes what no lock names.',
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
      ['bake assets lock --update tool', 'look for a newer tool; the others stay'],
      ['bake assets fetch', 'what is locked, from the sources of assets.yaml, then from GitHub'],
      ['bake assets mirror --to s3://bucket/assets', 'for those who cannot reach GitHub'],
    ],
    load: () => import('./commands/assets.ts'),
  },
  {
    name: 'init',
    group: 'set-up',
    summary: 'write a commented bakery.yaml and a workflow for this folder',
    about:
      'Finds cluster configs and certs/*.pem. Never overwrites a file. The recipe is the shipped standard; --own-recipe copies it to recipes/standard.yaml.',
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
    about: 'For the names of bakery.yaml, narrowed to what is ours where an action knows a resource.',
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
      ['bake iam promote', 'for whoever approves a month'],
    ],
    load: () => import('./commands/iam.ts'),
  },
  {
    name: 'sandbox',
    group: 'set-up',
    summary: 'serve the embedded AWS until stopped',
    about: 'Any SDK or the AWS CLI can use it: set AWS_ENDPOINT_URL to the printed endpoint.',
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
    summary: 'explain an error code or show a shipped recipe; list them all',
    arguments: [
      { name: 'code', summary: 'an error code such as CA_LEAF, or a shipped recipe such as standard' },
    ],
    options: [],
    examples: [
      ['bake explain CA_LEAF', 'what was found, what was expected, what to do'],
      ['bake explain standard', 'the steps and expectations of this recipe'],
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
    examples: [['bake schema > schema/bakery.schema.json', 'what npm run schema does']],
    load: () => import('./commands/schema.ts'),
  },
];

export function findCommand(name: string): CommandSpec | undefined {
  return commands.find((command) => command.name === name);
}

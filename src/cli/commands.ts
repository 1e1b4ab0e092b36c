/** Owns the list of commands, as data: help, completion and parsing all come from here. */
import type { CommandSpec } from './command.ts';
import { runOptions } from './options.ts';

/** What `bake` without a command's name does. */
export const defaultCommand = 'run';

export const commands: readonly CommandSpec[] = [
  {
    name: 'run',
    group: 'main',
    summary: 'the main job; bake --os ID means bake run --os ID',
    about:
      'Resolve, render, bake, verify, publish, rotate, for the named targets or for all of bakery.yaml with --all. A second run changes nothing; a run that was killed goes on when repeated.',
    options: runOptions,
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
    about: 'Writes nothing. Exit 1 if a run would change anything, 0 if not.',
    options: runOptions,
    examples: [
      ['bake plan --all', 'what a run of every target would do'],
      ['bake plan --os alinux2 --sandbox --json', 'the same entries as bake run --json, for scripts'],
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
      [
        'bake render --os alinux2 --engine packer --out build/',
        'the Packer template, ready for packer build',
      ],
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
    options: ['os', 'arch', 'parallelcluster', 'region', 'official', 'format'],
    examples: [
      ['bake images --os alinux2', 'what there is for one OS'],
      ['bake images --official --region eu-west-1 --json', 'the official ones, for scripts'],
      [
        'bake images diff ami-0a1b2c3d4e5f60718 ami-00909c2f462ff8e3b --format markdown',
        'what changed, for a pull request',
      ],
    ],
    load: () => import('./commands/images.ts'),
  },
  {
    name: 'rotate',
    group: 'main',
    summary: 'move AMI references in cluster configs to the published images',
    about:
      'Only AMI ids change; comments, line ends and anchors stay. Root and head-node images stay and are reported.',
    options: [
      'os',
      'arch',
      'parallelcluster',
      'region',
      'channel',
      'check',
      'allowUnresolved',
      'includeRoot',
    ],
    examples: [
      ['bake rotate', 'every reference under rotate.paths of bakery.yaml'],
      ['bake rotate --check --allow-unresolved', 'exit 1 if any reference is stale; writes nothing'],
    ],
    load: () => import('./commands/rotate.ts'),
  },
  {
    name: 'init',
    group: 'set-up',
    summary: 'write a commented bakery.yaml, recipe and workflow for this folder',
    about: 'Finds cluster configs and certs/*.pem. Never overwrites a file.',
    options: ['os'],
    examples: [['bake init', 'then read bakery.yaml and try bake plan']],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'iam',
    group: 'set-up',
    summary: 'print the least IAM policy a run needs',
    options: [],
    examples: [['bake iam > policy.json', 'for aws iam create-policy --policy-document file://policy.json']],
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
    summary: 'explain an error code, or list them all',
    arguments: [{ name: 'code', summary: 'an error code such as CA_LEAF' }],
    options: [],
    examples: [['bake explain CA_LEAF', 'what was found, what was expected, what to do']],
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

/** `bake init`: writes the first files of a bakery and shows what it found. */
import { OWN_RECIPE, writeFirstFiles, type FirstFiles } from '../../jobs/init/init.ts';
import { programNeeds } from '../../jobs/workflow.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { columns } from '../../text/tables.ts';

export async function execute(invocation: Invocation): Promise<0> {
  const done = await writeFirstFiles(invocation);
  const { written, kept } = done;
  invocation.host.result({ written, kept }, (width) => report(done, width));
  return 0;
}

function keptText(name: string, written: readonly string[]): string {
  const kept = 'exists and was not changed';
  if (name === '.gitignore') return `${kept}: add .bakery/ to it`;
  const isConfig = !name.includes('/');
  return isConfig && written.includes(OWN_RECIPE)
    ? `${kept}: add recipe: ${OWN_RECIPE} under defaults`
    : kept;
}

function report({ found, written, kept, program }: FirstFiles, width: number): string {
  const { configs, certificates } = found;
  const finds = [
    ...configs.map(({ file, os, region }) => [
      file,
      ['cluster config', os, region].filter(Boolean).join(', '),
    ]),
    ...certificates.map((file) => [file, 'certificate']),
  ];
  const results = [
    ...written.map((name) => [name, 'written']),
    ...kept.map((name) => [name, keptText(name, written)]),
  ];
  return [
    finds.length === 0
      ? 'Found no cluster config and no certs/*.pem.'
      : `Found\n${columns(finds, '  ', width)}`,
    `Files\n${columns(results, '  ', width)}`,
    ['Next', ...nextSteps(found.configs.length > 0, program)].join('\n  '),
  ].join('\n');
}

/** Commands, each with a comment, and what the workflow needs. */
function nextSteps(found: boolean, program: string): string[] {
  return [
    `\`bake --all --sandbox\`  # tries bakery.yaml${found ? '' : ' as it is'}, without an AWS account`,
    '`bake iam`  # the IAM policy of a run',
    '`bake explain aws-bakery.yaml`  # a CloudFormation template with roles, bucket, keys and endpoints',
    '`bake plan --all`  # with AWS credentials: what a run would change',
    `# the workflow needs ${programNeeds(program)}`,
    '# and the repository variables AWS_ROLE_ARN and AWS_REGION, and an environment stable whose reviewers promote',
  ];
}

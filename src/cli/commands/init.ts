/** `bake init`: writes the first files of a bakery and shows what it found. */
import { OWN_RECIPE, writeFirstFiles, type FirstFiles } from '../../jobs/init/init.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { columns } from '../../text/tables.ts';

export async function execute(invocation: Invocation): Promise<0> {
  const done = await writeFirstFiles(invocation);
  const { written, kept } = done;
  invocation.host.result({ written, kept }, () => report(done));
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

function report({ found: { configs, certificates }, written, kept }: FirstFiles): string {
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
    finds.length === 0 ? 'Found no cluster config and no certs/*.pem.' : `Found\n${columns(finds, '  ')}`,
    `Files\n${columns(results, '  ')}`,
    'Next\n  read bakery.yaml, then: bake plan --all\n  without an AWS account: bake --all --sandbox\n  the IAM policy a run needs: bake iam; roles, bucket, keys and endpoints as CloudFormation: templates/aws of the package\n  for the workflow: ami-bakery in the package.json of this repository (the jobs run npm ci), the repository variables AWS_ROLE_ARN and AWS_REGION, and an environment stable whose reviewers promote',
  ].join('\n');
}

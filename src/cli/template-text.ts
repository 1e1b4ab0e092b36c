/** Owns how `bake template` tells what it made. */
import type { Follows } from '../template/follow.ts';
import type { UnresolvedEntry } from '../entries/result.ts';

/** What it prints with --json. */
export interface TemplateResult {
  template: {
    /** null: it went to stdout. */
    file: string | null;
    parallelcluster: string;
    region: string;
    parameters: { name: string; default: string }[];
    capabilities: string[];
    /** https address in S3; null without --upload. */
    url: string | null;
    /** The link that launches it from a browser; null without --upload. */
    launch: string | null;
    /** The same by the AWS CLI, and each update after it. */
    command: string;
    follows: Follows[];
    /** null: nobody asked for it. */
    validated: { by: string[]; findings: string[] } | null;
  };
  unresolved: UnresolvedEntry[];
}

export function templateText({ template, unresolved }: TemplateResult): string {
  const { file, parallelcluster, region, parameters, follows, validated, url, launch, command } = template;
  const images = parameters.filter(({ name }) => name !== 'ClusterName');
  return [
    `${file ?? 'template'} · ParallelCluster ${parallelcluster} · ${region}`,
    ...images.flatMap(({ name, default: parameter }) => [
      `✓ ${name} follows ${parameter}`,
      ...follows
        .filter((one) => one.parameter === name)
        .map(({ path, line, from }) => `    ${path} (line ${line}, was ${from})`),
    ]),
    ...unresolved.map(
      ({ path, line, found, reason }) => `· ${path} (line ${line}) stays ${found}: ${reason}`,
    ),
    ...validatedText(validated),
    `Needs the capabilities ${template.capabilities.join(' and ')}.`,
    ...(url === null ? [] : [`In S3: ${url}`]),
    ...(launch === null ? [] : [`Launch it in a browser: ${launch}`]),
    `Launch or update it: ${command}`,
  ].join('\n');
}

function validatedText(validated: TemplateResult['template']['validated']): string[] {
  if (validated === null) return ['Not validated: --validate has cfn-lint and pcluster look at it.'];
  const by = validated.by.join(' and ');
  if (validated.findings.length === 0) return [`✓ ${by} found nothing wrong.`];
  return [`✗ ${by} found:`, ...validated.findings.map((one) => `    ${one}`)];
}

/** Shows the result of `bake template`. */
import type { TemplateResult } from '../jobs/template/template.ts';

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
  if (validated === null) return ['Not validated: --validate checks it with cfn-lint and pcluster.'];
  const by = validated.by.join(' and ');
  if (validated.findings.length === 0) return [`✓ ${by} found nothing wrong.`];
  return [`✗ ${by} found:`, ...validated.findings.map((one) => `    ${one}`)];
}

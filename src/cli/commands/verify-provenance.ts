/** `bake verify --provenance`: shows who signed for the images in use, and what is wrong with their provenance. */
import type { Invocation } from '../../jobs/invocation.ts';
import { checkProvenances, type CheckedProvenance } from '../../jobs/provenance.ts';

/** Exit 1 when an image has a problem. */
export async function showProvenance(invocation: Invocation): Promise<0 | 1> {
  const checked = await checkProvenances(invocation);
  invocation.host.result({ provenance: checked }, () => checked.map(human).join('\n'));
  return checked.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

function human({ imageId, region, uri, problems, run, commit, builder }: CheckedProvenance): string {
  const head = `${problems.length === 0 ? '✓' : '✗'} ${imageId} ${region}`;
  if (problems.length > 0) return [head, ...problems.map((problem) => `    ${problem}`)].join('\n');
  const facts = [`run ${run}`, builder, commit && `commit ${commit.slice(0, 12)}`, uri];
  return `${head} · ${facts.filter((fact) => fact !== undefined).join(' · ')}`;
}

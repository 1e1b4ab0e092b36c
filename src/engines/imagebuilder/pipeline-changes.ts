/** Finds the parts of a pipeline that differ from its specification. Pure. */
import type { Plain } from '../../run/plain.ts';
import { canonicalJson } from '../../util/canonical.ts';
import type { PipelineSpec } from './pipeline-spec.ts';
import type { PipelineState } from './pipelines.ts';

/** The parts that differ, in the order in which bake writes them. */
export function changesOf(spec: Plain<PipelineSpec>, seen: Plain<PipelineState>): string[] {
  const pipeline: Record<string, unknown> = { ...seen.pipeline };
  const body: Record<string, unknown> = { ...spec.body };
  const differs = (key: string): boolean => !includesWanted(pipeline[key], body[key]);
  const parts: Record<string, readonly string[]> = {
    recipe: ['imageRecipeArn'],
    infrastructure: ['infrastructureConfigurationArn'],
    schedule: ['schedule', 'status'],
    settings: ['description', 'distributionConfigurationArn', 'executionRole', 'workflows', 'imageTestsConfiguration', 'enhancedImageMetadataEnabled'],
  }; // prettier-ignore
  return [
    ...(includesWanted(seen.distribution?.distributions, spec.distributions) ? [] : ['distribution']),
    ...Object.entries(parts).flatMap(([part, keys]) => (keys.some(differs) ? [part] : [])),
  ];
}

/** Whether the existing value contains the wanted one. AWS adds members with its defaults, so additional members are fine; lists must match exactly. */
function includesWanted(there: unknown, spec: unknown): boolean {
  if (Array.isArray(spec)) {
    return (
      Array.isArray(there) &&
      there.length === spec.length &&
      spec.every((one, i) => includesWanted(there[i], one))
    );
  }
  if (typeof spec !== 'object' || spec === null)
    return spec === undefined ? isNothing(there) : canonicalJson(there) === canonicalJson(spec);
  if (typeof there !== 'object' || there === null) return false;
  return Object.entries(spec).every(([key, value]) => {
    const found = (there as Record<string, unknown>)[key];
    // Removing a tag is a change, too.
    return key === 'amiTags' ? canonicalJson(found) === canonicalJson(value) : includesWanted(found, value);
  });
}

function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** The section `imageBuilder` of bakery.yaml, and the settings that the engine makes of it. */
import type { z } from 'zod';
import type { EngineSection } from '../../config/engine-section.ts';
import { valueAt } from '../../config/findings.ts';
import { list, section, text } from '../../config/leaves.ts';
import { listAt, wrongValue, type ConfigRules } from '../../config/rules.ts';
import type { Bakery } from '../../config/schema.ts';
import type { Build } from '../engine.ts';
import type { BakeError } from '../../errors/bake-error.ts';

const schema = section({
  workflows: list(
    text(
      'a workflow ARN such as arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/ours/1.0.0',
      /^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:(?:[0-9]{12}|aws[a-z-]*):workflow\/(?:build|test|distribution)\/[a-z0-9_-]+\/[0-9x]+\.[0-9x]+\.[0-9x]+(?:\/[0-9]+)?$/,
    ),
    'a list of workflow ARNs',
  )
    .default([])
    .describe('Workflows that replace the default ones: one for build, at least one for test.'),
  executionRole: text('a role name or ARN', /^(?:arn:aws[a-z-]*:iam::[0-9]{12}:role\/)?[\w+=,.@/-]{1,256}$/)
    .optional()
    .describe('The role that runs your workflows, and that lets pipelines write SSM parameters.'),
});

/** Mistakes that Image Builder would report only when it creates the first image or pipeline. */
const rules: ConfigRules = (value, place) => {
  const workflows = listAt(value, ['imageBuilder', 'workflows']);
  // The schema reports a workflow that is not a text.
  if (workflows.length === 0 || !workflows.every((arn) => typeof arn === 'string')) return [];
  const errors: BakeError[] = [];
  const kinds = workflows.map((arn) => /:workflow\/(build|test)\//.exec(arn)?.[1]);
  const path = ['imageBuilder', 'workflows'];
  // Named workflows replace all default ones (Image Builder user guide, "Manage workflows"), so without a test workflow nothing is verified.
  if (kinds.filter((kind) => kind === 'build').length !== 1)
    errors.push(wrongValue(path, 'exactly one build workflow', workflows.join(', '), place));
  if (!kinds.includes('test'))
    errors.push(
      wrongValue(path, 'at least one test workflow, which verifies the image', workflows.join(', '), place),
    );
  if (valueAt(value, ['imageBuilder', 'executionRole']) === undefined)
    errors.push(
      wrongValue(
        ['imageBuilder', 'executionRole'],
        'a role, because imageBuilder.workflows is set',
        'none',
        place,
      ),
    );
  return errors;
};

export const imageBuilderSection = {
  key: 'imageBuilder',
  after: 'image',
  schema: schema.prefault({}).describe('The Image Builder engine and its pipelines.'),
  rules,
} as const satisfies EngineSection;

export type ImageBuilderSection = z.output<typeof schema>;

export type ImageBuilderSettings = {
  /** ARNs; empty: the default workflows. */
  workflows: readonly string[];
  executionRole: string | undefined;
  /** The SNS topic to which Image Builder reports available and failed images. */
  topic: string | undefined;
  /** `s3://bucket/prefix` for content that is too large to go inline; undefined: none. */
  staging: string | undefined;
};

export type ImageBuilderBuild = Build<ImageBuilderSettings>;

export function imageBuilderSettings(
  { workflows, executionRole }: ImageBuilderSection,
  { bakery: { store, notify }, region }: { bakery: Bakery; region: string },
): ImageBuilderSettings {
  return {
    workflows,
    executionRole,
    // Image Builder publishes to topics of its own Region only.
    topic: notify?.sns?.split(':')[3] === region ? notify.sns : undefined,
    staging: store.startsWith('s3://') ? store.replace(/\/$/, '') : undefined,
  };
}

/** Reads an approved plan file. Its stage plans are for people; bake plans again before it applies. */
import { z } from 'zod';
import { BakeError } from '../errors/bake-error.ts';
import { PLAN_FORMAT } from '../run/plan-file.ts';

const text = z.string().max(10_000);
const list = z.array(text).max(100_000);
const flag = z.boolean();

const [one, many, yes] = [text.exactOptional(), list.exactOptional(), flag.exactOptional()];

/** The options that shape a plan, as a file has them: those that were given. */
const shapingOptions = z.strictObject({
  os: many, all: yes, arch: one, parallelcluster: one, region: many, engine: one, recipe: one, channel: one,
  rebake: yes, image: one, from: one, to: one, unverified: yes, noRotate: yes, fromChannel: one, family: one,
  map: many, literal: yes, includeRoot: yes, insertQueueOverrides: yes,
}); // prettier-ignore

const approvedPlan = z.object({
  format: z.literal(PLAN_FORMAT),
  bake: text,
  command: text,
  account: text,
  regions: list,
  period: text,
  request: z.strictObject({ options: shapingOptions, args: list }),
  writes: z
    .array(
      z.strictObject({ what: text, from: text.nullable(), to: text.nullable(), image: text.exactOptional() }),
    )
    .max(1_000_000),
  plans: z.array(z.unknown()),
});

export type ApprovedPlan = z.output<typeof approvedPlan>;

/** @throws BakeError PLAN_UNREADABLE */
export function readPlanFile(file: string, content: string): ApprovedPlan {
  const refuse = (reason: string): BakeError => new BakeError('PLAN_UNREADABLE', { file, reason });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw refuse('it is not JSON');
  }
  const checked = approvedPlan.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw refuse(`its ${issue?.path.join('.') || 'content'} is missing or wrong`);
}

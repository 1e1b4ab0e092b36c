/** Checks before the first write whether the builder can work in its network and with its profile. */
import type { Session } from '../aws/session.ts';
import type { BuilderNeeds, BuilderSettings } from '../engines/engine.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { ImageInputs } from '../image/inputs.ts';
import { originsOf } from '../image/mirrors/origins.ts';
import { assessFacts } from './assess.ts';
import type { PreflightFacts } from './facts.ts';

/** The parts of a target that the preflight check reads. */
interface PreflightTarget {
  region: string;
  partition: string;
  arch: string;
  /** What its engine needs. */
  needs: BuilderNeeds;
  builder: BuilderSettings;
  kms: Readonly<Record<string, string>>;
  regions: readonly string[];
  image: ImageInputs;
}

/** @throws BakeError AWS_CREDENTIALS; anything else that cannot be read is reported by uncheckedNotes() */
export async function gatherFacts(aws: Session, target: PreflightTarget): Promise<PreflightFacts> {
  // The clients of IAM, KMS and Service Quotas are loaded only if there is something to bake.
  const { gatherPlace } = await import('./gather.ts');
  const { region, partition, arch, needs, builder, kms, regions } = target;
  return gatherPlace(aws, {
    region,
    partition,
    needs,
    arch,
    subnet: builder.subnet,
    groups: builder.securityGroups,
    instanceType: builder.instanceType,
    profile: builder.instanceProfile,
    keys: Object.fromEntries(Object.entries(kms).filter(([where]) => regions.includes(where))),
    mirrors: [...new Set(originsOf(target.image).map(({ url, via }) => via ?? url))],
  });
}

/** One error for each finding that would make the bake fail. Pure. */
export function preflightErrors(facts: PreflightFacts): BakeError[] {
  return assessFacts(facts).findings.map((finding) => new BakeError('PREFLIGHT', finding));
}

const noted = new WeakMap<Session, Set<string>>();

/**
 * One line for everything that could not be checked. Each line appears once per session, because targets share facts.
 */
export function uncheckedNotes(aws: Session, facts: PreflightFacts): string[] {
  const before = noted.get(aws) ?? new Set<string>();
  noted.set(aws, before);
  const fresh = assessFacts(facts).unchecked.filter((text) => !before.has(text));
  for (const text of fresh) before.add(text);
  return fresh.map((text) => `not checked: ${text}`);
}

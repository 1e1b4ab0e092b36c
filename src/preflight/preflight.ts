/** Owns the look at the builder's place before the first write: facts, judged, as errors. */
import type { Session } from '../aws/session.ts';
import type { BuilderNeeds, BuilderSettings } from '../engines/engine.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { ImageInputs } from '../image/inputs.ts';
import { originsOf } from '../image/mirrors/origins.ts';
import type { PlaceFacts } from './facts.ts';
import { judge } from './judge.ts';

/** One target, as far as its builder's place goes. */
interface Preflight {
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

/** @throws BakeError AWS_CREDENTIALS; everything else that cannot be read is among the unchecked */
export async function gatherFacts(aws: Session, target: Preflight): Promise<PlaceFacts> {
  // The clients of IAM, KMS and quotas are loaded only where something is to be baked.
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

/** Everything that would make the bake fail, an error each. Pure. */
export function refusals(facts: PlaceFacts): BakeError[] {
  return judge(facts).findings.map((finding) => new BakeError('PREFLIGHT', finding));
}

const said = new WeakMap<Session, Set<string>>();

/** What could not be looked at, a line each, and each only once a session: targets share a place. */
export function unchecked(aws: Session, facts: PlaceFacts): string[] {
  const before = said.get(aws) ?? new Set<string>();
  said.set(aws, before);
  const fresh = judge(facts).unchecked.filter((text) => !before.has(text));
  for (const text of fresh) before.add(text);
  return fresh.map((text) => `not checked: ${text}`);
}
